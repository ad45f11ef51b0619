/* The arithmetic counts years from March, so that the leap day is the last of its year, in eras of 400 years. */
#include "calendar.h"

enum { DAYS_OF_AN_ERA = 146097, DAYS_TO_1970 = 719468 };

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

int64_t days_of(date date) {
    int64_t year = date.year - (date.month <= 2);
    int64_t era = floor_div(year, 400);
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * ((date.month + 9) % 12) + 2) / 5 + date.day - 1;
    return era * DAYS_OF_AN_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970;
}

date date_of(int64_t days) {
    days += DAYS_TO_1970;
    int64_t era = floor_div(days, DAYS_OF_AN_ERA);
    int64_t of_era = days - era * DAYS_OF_AN_ERA;
    int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
    int month = (int)((5 * of_year + 2) / 153);
    date found = {era * 400 + years, (month + 2) % 12 + 1, (int)(of_year - (153 * month + 2) / 5) + 1};
    found.year += found.month <= 2;
    return found;
}

bool is_date(date wanted) {
    if (wanted.month < 1 || wanted.month > 12 || wanted.day < 1 || wanted.day > 31) return false;
    date found = date_of(days_of(wanted));
    return found.year == wanted.year && found.month == wanted.month && found.day == wanted.day;
}

int weekday_of(int64_t days) { return (int)(days + 3 - floor_div(days + 3, 7) * 7); }
