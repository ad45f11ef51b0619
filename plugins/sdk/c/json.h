/* A strict reader of JSON (RFC 8259). */
#ifndef LOCKGATE_JSON_H
#define LOCKGATE_JSON_H

#include <stdbool.h>
#include <stddef.h>

/* A document may be this deep; a deeper one is not read. */
#define LG_JSON_DEPTH_MAX 64

typedef enum { LG_NULL, LG_BOOL, LG_NUMBER, LG_TEXT, LG_LIST, LG_OBJECT } lg_json_type;

/* A value. The members of an object and the items of a list are linked by `next`, in the order of the document. */
typedef struct lg_json {
    lg_json_type type;
    bool boolean;
    double number;
    const char *text; /* UTF-8 that ends with a 0 byte, and may have others within: `length` is without the last */
    size_t length;
    const char *key; /* the name of a member; NULL elsewhere */
    size_t key_length;
    const struct lg_json *first;
    const struct lg_json *next;
    size_t count; /* how many members or items */
} lg_json;

/* Reads a document; NULL where it is none, or has a number that no double holds. The bytes are not kept. */
const lg_json *lg_json_parse(const char *bytes, size_t length);

/* Returns a member of an object; NULL where the value is NULL, no object, or has no such member. Of equal names the last. */
const lg_json *lg_json_get(const lg_json *value, const char *key);

/* What a value is, or `otherwise` where it is NULL or of another type. */
double lg_json_number(const lg_json *value, double otherwise);
const char *lg_json_text(const lg_json *value, const char *otherwise);
bool lg_json_bool(const lg_json *value, bool otherwise);

#endif
