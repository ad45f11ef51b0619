#include "windows.h"

static bool is_closed(const windows *all, int64_t day) {
    for (size_t i = 0; i < all->closed_count; i++)
        if (all->closed[i] == day) return true;
    return false;
}

static bool begins_on(const window *window, int64_t day) { return window->days >> weekday_of(day) & 1; }

/* Returns whether a minute of a day that is not closed is in a window. */
static bool is_in_a_window(const windows *all, int64_t day, int of_day) {
    for (size_t i = 0; i < all->window_count; i++) {
        const window *window = &all->windows[i];
        bool over_midnight = window->to <= window->from;
        if (begins_on(window, day) && of_day >= window->from && (over_midnight || of_day < window->to)) return true;
        if (over_midnight && begins_on(window, day - 1) && of_day < window->to) return true;
    }
    return false;
}

bool is_open(const windows *all, int64_t minute) {
    int64_t day = floor_div(minute, MINUTES_OF_A_DAY);
    return !is_closed(all, day) && is_in_a_window(all, day, (int)(minute - day * MINUTES_OF_A_DAY));
}

/* A window opens where it begins, or at the midnight that ends a closed date: no other minute has to be looked at. */
static bool opening_of(const windows *all, int64_t day, int after, int *opening) {
    bool found = false;
    for (size_t i = 0; i <= all->window_count; i++) {
        int at = i < all->window_count ? all->windows[i].from : 0;
        if (at <= after || (found && at >= *opening) || !is_in_a_window(all, day, at)) continue;
        *opening = at;
        found = true;
    }
    return found;
}

bool next_opening(const windows *all, int64_t minute, int64_t *opening) {
    *opening = minute;
    if (is_open(all, minute)) return true;
    int64_t first = floor_div(minute, MINUTES_OF_A_DAY);
    int after = (int)(minute - first * MINUTES_OF_A_DAY), of_day;
    for (int64_t day = first; day <= first + DAYS_AHEAD; day++, after = -1) {
        if (is_closed(all, day) || !opening_of(all, day, after, &of_day)) continue;
        *opening = day * MINUTES_OF_A_DAY + of_day;
        return true;
    }
    return false;
}
