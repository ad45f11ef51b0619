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

/* Four thousand years, one day after the other, from 1 BC on. */
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

static void test_windows(void) {
    window day = {WORKDAYS, 9 * 60, 17 * 60}, night = {FRIDAY, 22 * 60, 2 * 60}, whole = {ALL_DAYS, 0, 24 * 60};
    windows office = {&day, 1, NULL, 0};
    HOLDS(!is_open(&office, at(2026, 11, 27, 8, 59)) && is_open(&office, at(2026, 11, 27, 9, 0)));
    HOLDS(is_open(&office, at(2026, 11, 27, 16, 59)) && !is_open(&office, at(2026, 11, 27, 17, 0)));
    HOLDS(!is_open(&office, at(2026, 11, 28, 12, 0)));
    HOLDS(next_opening(&office, at(2026, 11, 27, 17, 0)) == at(2026, 11, 30, 9, 0));
    HOLDS(next_opening(&office, at(2026, 11, 27, 3, 0)) == at(2026, 11, 27, 9, 0));
    HOLDS(next_opening(&office, at(2026, 11, 27, 10, 0)) == at(2026, 11, 27, 10, 0));
    windows late = {&night, 1, NULL, 0};
    HOLDS(is_open(&late, at(2026, 11, 27, 23, 0)) && is_open(&late, at(2026, 11, 28, 1, 59)));
    HOLDS(!is_open(&late, at(2026, 11, 28, 2, 0)) && !is_open(&late, at(2026, 11, 27, 1, 0)));
    int64_t saturday = days_of((date){2026, 11, 28});
    windows closed = {&night, 1, &saturday, 1};
    HOLDS(is_open(&closed, at(2026, 11, 27, 23, 59)) && !is_open(&closed, at(2026, 11, 28, 0, 0)));
    windows always = {&whole, 1, &saturday, 1};
    HOLDS(is_open(&always, at(2026, 11, 27, 23, 59)) && next_opening(&always, at(2026, 11, 28, 0, 0)) == at(2026, 11, 29, 0, 0));
    int64_t friday = days_of((date){2026, 11, 27});
    windows after = {&night, 1, &friday, 1};
    HOLDS(next_opening(&after, at(2026, 11, 27, 23, 0)) == at(2026, 11, 28, 0, 0));
    int64_t days[DAYS_AHEAD + 2];
    for (int i = 0; i < DAYS_AHEAD + 2; i++) days[i] = saturday + i;
    windows never = {&whole, 1, days, DAYS_AHEAD + 2};
    HOLDS(next_opening(&never, at(2026, 11, 28, 0, 0)) == -1);
}

/* The next opening is the first open minute, for windows at random. */
static void test_openings(void) {
    unsigned seed = 7;
    bool right = true;
    for (int round = 0; round < 400; round++) {
        window some[3];
        for (int i = 0; i < 3; i++) {
            seed = seed * 1664525u + 1013904223u;
            some[i] = (window){1u << (seed >> 8) % 7, (int)((seed >> 11) % 1440), (int)((seed >> 20) % 1440)};
        }
        int64_t begin = at(2024, 2, 26, 0, 0) + (int64_t)(seed % 10080), closed = days_of((date){2024, 2, 29});
        windows all = {some, 3, &closed, 1};
        int64_t first = begin;
        while (!is_open(&all, first)) first++;
        right = right && next_opening(&all, begin) == first;
    }
    HOLDS(right);
}

int main(void) {
    test_calendar();
    test_windows();
    test_openings();
    printf("%u tests, %u failed\n", tests, failures);
    return failures > 0;
}
