/* What the sources of the kit share, and a gate never sees. */
#ifndef LOCKGATE_PRIVATE_H
#define LOCKGATE_PRIVATE_H

#include <stdarg.h>

#include "bindings/contract.h"
#include "lockgate.h"

struct lg_private {
    char *failure; /* why the call cannot be answered; NULL as long as it can */
    lockgate_plugin_types_measurement_t *measurements;
    size_t measurement_count, measurement_room;
    const char *state; /* what the next call gets */
    size_t state_length;
};

/* Ends the call: lockgate shows why. */
_Noreturn void lg_out_of_memory(void);

/* Returns a text of the contract as one that ends with a 0 byte. */
const char *lg_copied(contract_string_t text);

/* Returns a text as one of the contract that only borrows it. U+FFFD stands for each byte that is not UTF-8. */
contract_string_t lg_borrowed(const char *text);

const char *lg_format_list(const char *format, va_list values);

#endif
