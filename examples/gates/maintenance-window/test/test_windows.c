/* The calendar against one that counts day by day, and windows against their minutes. */
#include <stdio.h>
#include <string.h>

#include "windows.h"

static unsigned tests, failures;

static void holds(bool what, const char *said, int line) {
    tests++;
    if (what) return;
    failures++;
    printf("test_windows.c:%d: %s\n", line, said);
}

#define HOLDS(what) holds(what, #what, __LINE__)

static bool is_leap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static int days_in(int64_t year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Four thousand years, one day after the other; the year 0 is the one before the year 1. */
static void test_calendar(void) {
    HOLDS(days_of((date){1970, 1, 1}) == 0 && weekday_of(0) == 3);
    HOLDS(days_of((date){2000, 1, 1}) == 10957 && days_of((date){1969, 12, 31}) == -1);
    int64_t day = days_of((date){-1, 1, 1});
    int weekday = weekday_of(day);
    bool right = true;
    for (int64_t year = -1; year < 4000; year++)
        for (int month = 1; month <= 12; month++)
            for (int of_month = 1; of_month <= days_in(year, month); of_month++, day++, weekday = (weekday + 1) % 7) {
                date found = date_of(day);
                right = right && days_of((date){year, month, of_month}) == day && weekday_of(day) == weekday;
                right = right && found.year == year && found.month == month && found.day == of_month;
            }
    HOLDS(right);
    HOLDS(is_date((date){2024, 2, 29}) && !is_date((date){2026, 2, 29}) && !is_date((date){2026, 4, 31}));
    HOLDS(!is_date((date){1900, 2, 29}) && is_date((date){2000, 2, 29}) && !is_date((date){2026, 13, 1}) && !is_date((date){2026, 1, 0}));
}

static int64_t at(int64_t year, int month, int day, int hour, int minute) {
    return days_of((date){year, month, day}) * MINUTES_OF_A_DAY + hour * 60 + minute;
}

enum { WORKDAYS = 0x1f, FRIDAY = 1 << 4, ALL_DAYS = 0x7f };

/* The next opening, or 0 where there is none: no test has one at 0. */
static int64_t next(const windows *all, int64_t minute) {
    int64_t opening;
    return next_opening(all, minute, &opening) ? opening : 0;
}

static void test_windows(void) {
    window day = {WORKDAYS, 9 * 60, 17 * 60}, night = {FRIDAY, 22 * 60, 2 * 60}, whole = {ALL_DAYS, 0, 24 * 60};
    windows office = {&day, 1, NULL, 0};
    HOLDS(!is_open(&office, at(2026, 11, 27, 8, 59)) && is_open(&office, at(2026, 11, 27, 9, 0)));
    HOLDS(is_open(&office, at(2026, 11, 27, 16, 59)) && !is_open(&office, at(2026, 11, 27, 17, 0)));
    HOLDS(!is_open(&office, at(2026, 11, 28, 12, 0)));
    HOLDS(next(&office, at(2026, 11, 27, 17, 0)) == at(2026, 11, 30, 9, 0));
    HOLDS(next(&office, at(2026, 11, 27, 3, 0)) == at(2026, 11, 27, 9, 0));
    HOLDS(next(&office, at(2026, 11, 27, 10, 0)) == at(2026, 11, 27, 10, 0));
    windows late = {&night, 1, NULL, 0};
    HOLDS(is_open(&late, at(2026, 11, 27, 23, 0)) && is_open(&late, at(2026, 11, 28, 1, 59)));
    HOLDS(!is_open(&late, at(2026, 11, 28, 2, 0)) && !is_open(&late, at(2026, 11, 27, 1, 0)));
    int64_t saturday = days_of((date){2026, 11, 28});
    windows closed = {&night, 1, &saturday, 1};
    HOLDS(is_open(&closed, at(2026, 11, 27, 23, 59)) && !is_open(&closed, at(2026, 11, 28, 0, 0)));
    windows always = {&whole, 1, &saturday, 1};
    HOLDS(is_open(&always, at(2026, 11, 27, 23, 59)) && next(&always, at(2026, 11, 28, 0, 0)) == at(2026, 11, 29, 0, 0));
    int64_t friday = days_of((date){2026, 11, 27});
    windows after = {&night, 1, &friday, 1};
    HOLDS(next(&after, at(2026, 11, 27, 23, 0)) == at(2026, 11, 28, 0, 0));
    int64_t days[DAYS_AHEAD + 2];
    for (int i = 0; i < DAYS_AHEAD + 2; i++) days[i] = saturday + i;
    windows never = {&whole, 1, days, DAYS_AHEAD + 2};
    HOLDS(next(&never, at(2026, 11, 28, 0, 0)) == 0);
    windows almost_never = {&whole, 1, days, DAYS_AHEAD};
    HOLDS(next(&almost_never, at(2026, 11, 28, 0, 0)) == at(2026, 11, 28, 0, 0) + (int64_t)DAYS_AHEAD * MINUTES_OF_A_DAY);
    windows without = {NULL, 0, NULL, 0};
    HOLDS(next(&without, at(1960, 1, 1, 0, 0)) == 0 && next(&office, at(1969, 12, 31, 17, 0)) == at(1970, 1, 1, 9, 0));
    window last = {ALL_DAYS, 23 * 60 + 59, 24 * 60};
    windows last_minute = {&last, 1, NULL, 0};
    HOLDS(next(&last_minute, at(1969, 12, 31, 12, 0)) == -1);
}

enum { DAYS = 30, MINUTES = DAYS * MINUTES_OF_A_DAY };

static bool is_painted[MINUTES];

/* Paints each window from its beginning on, minute by minute, and then wipes the closed date. */
static void paint(const windows *all, int64_t first) {
    memset(is_painted, 0, sizeof is_painted);
    for (size_t i = 0; i < all->window_count; i++) {
        window one = all->windows[i];
        int length = one.to > one.from ? one.to - one.from : one.to + MINUTES_OF_A_DAY - one.from;
        for (int day = -1; day < DAYS; day++)
            for (int j = 0; (one.days & 1u << weekday_of(first + day)) && j < length; j++) {
                int minute = day * MINUTES_OF_A_DAY + one.from + j;
                if (minute >= 0 && minute < MINUTES) is_painted[minute] = true;
            }
    }
    for (size_t i = 0; i < all->closed_count; i++)
        memset(is_painted + (all->closed[i] - first) * MINUTES_OF_A_DAY, 0, MINUTES_OF_A_DAY);
}

static unsigned seed = 7;

static int random_below(int limit) {
    seed = seed * 1664525u + 1013904223u;
    return (int)((seed >> 8) % (unsigned)limit);
}

/* What is open, and the next opening, for windows at random around leap days, the end of a year, and 1970. */
static void test_painted(void) {
    const date begins[] = {{2024, 2, 20}, {2026, 2, 20}, {2026, 12, 20}, {1969, 12, 20}, {1900, 2, 20}};
    bool right = true;
    for (int round = 0; round < 300; round++) {
        int64_t first = days_of(begins[round % 5]), closed[] = {first + 9, first + 10 + random_below(5)};
        window some[3];
        for (int i = 0; i < 3; i++) some[i] = (window){1u << random_below(7), random_below(1440), random_below(1441)};
        windows all = {some, 3, closed, 2};
        paint(&all, first);
        int64_t opening, expected = -1;
        for (int minute = MINUTES - 1; minute >= 0; minute--) {
            int64_t real = first * MINUTES_OF_A_DAY + minute;
            if (is_painted[minute]) expected = minute;
            right = right && is_open(&all, real) == is_painted[minute];
            if (expected < 0 || minute % 7) continue;
            right = right && next_opening(&all, real, &opening) && opening == first * MINUTES_OF_A_DAY + expected;
        }
    }
    HOLDS(right);
}

int main(void) {
    test_calendar();
    test_windows();
    test_painted();
    printf("%u tests, %u failed\n", tests, failures);
    return failures > 0;
}
