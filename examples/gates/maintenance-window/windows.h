/* When a rollout may go on: windows by day of the week, and dates on which all are closed. */
#ifndef WINDOWS_H
#define WINDOWS_H

#include <stddef.h>

#include "calendar.h"

/* A window: it begins on the days of the week that have a bit (Monday the lowest), and ends on the next day where `to` is not above
 * `from`. Minutes of the day. */
typedef struct {
    unsigned days;
    int from, to;
} window;

typedef struct {
    const window *windows;
    size_t window_count;
    const int64_t *closed; /* days */
    size_t closed_count;
} windows;

/* How far ahead the next opening is looked for. */
enum { DAYS_AHEAD = 400 };

/* Returns whether a minute is in a window. A closed date closes its own minutes and no others: of a window over midnight, those
 * before its midnight or those after it. */
bool is_open(const windows *all, int64_t minute);

/* Finds the first minute from this one on that is in a window. Returns false where none is within DAYS_AHEAD. */
bool next_opening(const windows *all, int64_t minute, int64_t *opening);

#endif
