/* Dates of the Gregorian calendar, which is taken to have been there always. Days are counted from 1970-01-01, and minutes from
 * its first one. No function reads a time zone of the machine. */
#ifndef CALENDAR_H
#define CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

enum { MINUTES_OF_A_DAY = 24 * 60 };

typedef struct {
    int64_t year;
    int month, day; /* from 1 */
} date;

int64_t days_of(date date);
date date_of(int64_t days);

/* Returns whether the month has such a day. */
bool is_date(date date);

/* Returns the day of the week, Monday as 0. */
int weekday_of(int64_t days);

/* Returns the greatest whole number that is at most a / b; b is above 0. */
int64_t floor_div(int64_t a, int64_t b);

#endif
