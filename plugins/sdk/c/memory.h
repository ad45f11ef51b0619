/* Memory and texts that live as long as the call. */
#ifndef LOCKGATE_MEMORY_H
#define LOCKGATE_MEMORY_H

#include <stddef.h>

#define LG_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* Memory that is set to 0. Never NULL: the call ends when there is none. */
void *lg_alloc(size_t count, size_t size);

/* A text as printf makes it. */
const char *lg_format(const char *format, ...) LG_PRINTF(1, 2);

#endif
