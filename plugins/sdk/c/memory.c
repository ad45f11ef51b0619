/* Memory and texts that live as long as the call. Nothing is freed: each call has an instance of its own. */
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

_Noreturn void lg_out_of_memory(void) {
    contract_string_t message = lg_borrowed("out of memory");
    lockgate_plugin_log_list_pair_t none = {NULL, 0};
    lockgate_plugin_log_write(LOCKGATE_PLUGIN_LOG_LEVEL_ERROR, &message, &none);
    abort();
}

void *lg_alloc(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory) lg_out_of_memory();
    return memory;
}

const char *lg_copied(contract_string_t text) {
    char *copy = lg_alloc(text.len + 1, 1);
    if (text.len) memcpy(copy, text.ptr, text.len);
    return copy;
}

contract_string_t lg_borrowed(const char *text) { return (contract_string_t){(uint8_t *)(uintptr_t)text, strlen(text)}; }

const char *lg_format_list(const char *format, va_list values) {
    va_list again;
    va_copy(again, values);
    int length = vsnprintf(NULL, 0, format, values);
    if (length < 0) length = 0;
    char *text = lg_alloc((size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

const char *lg_format(const char *format, ...) {
    va_list values;
    va_start(values, format);
    const char *text = lg_format_list(format, values);
    va_end(values);
    return text;
}
