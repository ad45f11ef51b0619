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

/* Returns the length of the character of UTF-8 at the beginning of a text; 0 where there is none. */
static size_t length_of_character(const unsigned char *at) {
    if (at[0] < 0x80) return at[0] != 0;
    size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4) return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80) return 0;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f)) return 0;
    return (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f) ? 0 : length;
}

/* Returns a text in which U+FFFD stands for each byte that is not UTF-8: a text of the contract with such a byte is a trap. */
static const char *valid(const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    size_t length;
    while ((length = length_of_character(at))) at += length;
    if (!*at) return text;
    char *copy = lg_alloc(3 * strlen(text) + 1, 1), *to = copy;
    for (at = (const unsigned char *)text; *at; at += length ? length : 1) {
        length = length_of_character(at);
        memcpy(to, length ? (const char *)at : "\xef\xbf\xbd", length ? length : 3);
        to += length ? length : 3;
    }
    return copy;
}

contract_string_t lg_borrowed(const char *text) {
    text = valid(text);
    return (contract_string_t){(uint8_t *)(uintptr_t)text, strlen(text)};
}

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
