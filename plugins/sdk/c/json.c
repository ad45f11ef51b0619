/* A strict reader of JSON: one pass, with a bound on the depth, and no number or escape that RFC 8259 does not have. */
#include "json.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

typedef struct {
    const char *at, *end;
    unsigned depth;
} reader;

static bool read_value(reader *in, lg_json *value);

static void skip_space(reader *in) {
    while (in->at < in->end && strchr(" \t\n\r", *in->at) && *in->at) in->at++;
}

static bool take(reader *in, char wanted) {
    if (in->at == in->end || *in->at != wanted) return false;
    in->at++;
    return true;
}

static bool take_word(reader *in, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(in->end - in->at) < length || memcmp(in->at, word, length) != 0) return false;
    in->at += length;
    return true;
}

static bool is_digit(const reader *in) { return in->at < in->end && *in->at >= '0' && *in->at <= '9'; }

static bool take_digits(reader *in) {
    const char *from = in->at;
    while (is_digit(in)) in->at++;
    return in->at > from;
}

static bool read_number(reader *in, lg_json *value) {
    const char *from = in->at;
    take(in, '-');
    if (!take(in, '0') && !take_digits(in)) return false;
    if (take(in, '.') && !take_digits(in)) return false;
    if (take(in, 'e') || take(in, 'E')) {
        if (!take(in, '+')) take(in, '-');
        if (!take_digits(in)) return false;
    }
    size_t length = (size_t)(in->at - from);
    char *copy = lg_alloc(length + 1, 1);
    memcpy(copy, from, length);
    value->type = LG_NUMBER;
    value->number = strtod(copy, NULL);
    return isfinite(value->number);
}

/* Reads four hexadecimal digits. */
static bool read_unit(reader *in, uint32_t *unit) {
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        if (in->at == in->end) return false;
        char c = *in->at++;
        uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0') : (uint32_t)((c | 32) - 'a' + 10);
        if (digit > 15 || (digit > 9 && ((c | 32) < 'a' || (c | 32) > 'f'))) return false;
        *unit = *unit << 4 | digit;
    }
    return true;
}

static bool read_code_point(reader *in, uint32_t *point) {
    if (!read_unit(in, point)) return false;
    if (*point >= 0xdc00 && *point <= 0xdfff) return false;
    if (*point < 0xd800 || *point > 0xdbff) return true;
    uint32_t low;
    if (!take_word(in, "\\u") || !read_unit(in, &low) || low < 0xdc00 || low > 0xdfff) return false;
    *point = 0x10000 + ((*point - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

static char *write_utf8(char *to, uint32_t point) {
    if (point < 0x80) {
        *to++ = (char)point;
        return to;
    }
    int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    *to++ = (char)((more == 1 ? 0xc0u : more == 2 ? 0xe0u : 0xf0u) | point >> (6 * more));
    while (more-- > 0) *to++ = (char)(0x80u | (point >> (6 * more) & 0x3f));
    return to;
}

/* Takes one character of UTF-8 that is not ASCII: no byte too many, no surrogate, nothing beyond U+10FFFF. */
static bool take_utf8(reader *in) {
    const unsigned char *at = (const unsigned char *)in->at;
    size_t left = (size_t)(in->end - in->at);
    size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || left < length) return false;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80) return false;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f)) return false;
    if ((at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f)) return false;
    in->at += length;
    return true;
}

/* Reads what follows a backslash. Returns where the text goes on; NULL where it is no escape. */
static char *read_escape(reader *in, char *to) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    if (in->at == in->end) return NULL;
    char c = *in->at++;
    if (c == 'u') {
        uint32_t point;
        return read_code_point(in, &point) ? write_utf8(to, point) : NULL;
    }
    const char *found = c ? strchr(names, c) : NULL;
    if (!found) return NULL;
    *to++ = values[found - names];
    return to;
}

static bool read_text(reader *in, const char **text, size_t *length) {
    if (!take(in, '"')) return false;
    /* No escape is shorter than what it stands for. */
    const char *closing = in->at;
    while (closing < in->end && *closing != '"') closing += *closing == '\\' && closing + 1 < in->end ? 2 : 1;
    if (closing >= in->end) return false;
    char *copy = lg_alloc((size_t)(closing - in->at) + 1, 1), *to = copy;
    while (in->at < closing) {
        unsigned char c = (unsigned char)*in->at;
        if (c < 0x20) return false;
        if (c == '\\') {
            in->at++;
            to = read_escape(in, to);
            if (!to) return false;
        } else if (c < 0x80) {
            *to++ = *in->at++;
        } else {
            const char *from = in->at;
            if (!take_utf8(in)) return false;
            memcpy(to, from, (size_t)(in->at - from));
            to += in->at - from;
        }
    }
    *text = copy;
    *length = (size_t)(to - copy);
    return take(in, '"');
}

/* Reads the members or the items behind the opening bracket. */
static bool read_inner(reader *in, lg_json *value, char closing) {
    const lg_json **slot = &value->first;
    skip_space(in);
    if (take(in, closing)) return true;
    do {
        lg_json *inner = lg_alloc(1, sizeof *inner);
        skip_space(in);
        if (value->type == LG_OBJECT) {
            if (!read_text(in, &inner->key, &inner->key_length)) return false;
            skip_space(in);
            if (!take(in, ':')) return false;
        }
        if (!read_value(in, inner)) return false;
        *slot = inner;
        slot = &inner->next;
        value->count++;
        skip_space(in);
    } while (take(in, ','));
    return take(in, closing);
}

static bool read_value(reader *in, lg_json *value) {
    skip_space(in);
    if (in->at == in->end) return false;
    switch (*in->at) {
    case '{':
    case '[': {
        bool is_object = *in->at++ == '{';
        if (++in->depth > LG_JSON_DEPTH_MAX) return false;
        value->type = is_object ? LG_OBJECT : LG_LIST;
        bool whole = read_inner(in, value, is_object ? '}' : ']');
        in->depth--;
        return whole;
    }
    case '"':
        value->type = LG_TEXT;
        return read_text(in, &value->text, &value->length);
    case 't':
        value->boolean = true;
        value->type = LG_BOOL;
        return take_word(in, "true");
    case 'f':
        value->type = LG_BOOL;
        return take_word(in, "false");
    case 'n':
        value->type = LG_NULL;
        return take_word(in, "null");
    default:
        return read_number(in, value);
    }
}

const lg_json *lg_json_parse(const char *bytes, size_t length) {
    reader in = {bytes, bytes + length, 0};
    lg_json *value = lg_alloc(1, sizeof *value);
    if (!read_value(&in, value)) return NULL;
    skip_space(&in);
    return in.at == in.end ? value : NULL;
}

const lg_json *lg_json_get(const lg_json *value, const char *key) {
    if (!value || value->type != LG_OBJECT) return NULL;
    const lg_json *found = NULL;
    size_t length = strlen(key);
    for (const lg_json *member = value->first; member; member = member->next)
        if (member->key_length == length && memcmp(member->key, key, length) == 0) found = member;
    return found;
}

double lg_json_number(const lg_json *value, double otherwise) {
    return value && value->type == LG_NUMBER ? value->number : otherwise;
}

const char *lg_json_text(const lg_json *value, const char *otherwise) {
    return value && value->type == LG_TEXT ? value->text : otherwise;
}

bool lg_json_bool(const lg_json *value, bool otherwise) {
    return value && value->type == LG_BOOL ? value->boolean : otherwise;
}
