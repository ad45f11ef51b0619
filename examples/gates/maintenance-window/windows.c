#include "windows.h"

static bool is_closed(const windows *all, int64_t day) {
    for (size_t i = 0; i < all->closed_count; i++)
        if (all->closed[i] == day) return true;
    return false;
}

static bool begins_on(const window *window, int64_t day) { return window->days >> weekday_of(day) & 1; }

bool is_open(const windows *all, int64_t minute) {
    int64_t day = floor_div(minute, MINUTES_OF_A_DAY);
    int of_day = (int)(minute - day * MINUTES_OF_A_DAY);
    if (is_closed(all, day)) return false;
    for (size_t i = 0; i < all->window_count; i++) {
        const window *window = &all->windows[i];
        bool over_midnight = window->to <= window->from;
        if (begins_on(window, day) && of_day >= window->from && (over_midnight || of_day < window->to)) return true;
        if (over_midnight && begins_on(window, day - 1) && of_day < window->to) return true;
    }
    return false;
}

/* A window opens where it begins, or at the midnight that ends a closed date. */
int64_t next_opening(const windows *all, int64_t minute) {
    if (is_open(all, minute)) return minute;
    int64_t first = floor_div(minute, MINUTES_OF_A_DAY), found = -1;
    for (int64_t day = first; day <= first + DAYS_AHEAD && found < 0; day++) {
        for (size_t i = 0; i <= all->window_count; i++) {
            int from = i < all->window_count ? all->windows[i].from : 0;
            int64_t at = day * MINUTES_OF_A_DAY + from;
            if (at > minute && is_open(all, at) && (found < 0 || at < found)) found = at;
        }
    }
    return found;
}
