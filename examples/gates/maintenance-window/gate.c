/* A promotion gate that holds outside of the hours of the settings. */
#include <math.h>
#include <string.h>

#include "lockgate.h"
#include "windows.h"

static const char schema[] = {
#embed "settings.schema.json"
    , 0};

/* lockgate asks again at least once an hour. */
static const double ASK_AGAIN_MS_MAX = 3600 * 1000;

/* A clock that is further than this from 1970, some three million years, is wrong. */
static const double SECONDS_MAX = 1e14;

/* The schema has made sure that the text is like 09:30. */
static int minutes_of(const char *text) {
    return ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
}

static const char *shown(int64_t minute) {
    static const char names[] = "Mon\0Tue\0Wed\0Thu\0Fri\0Sat\0Sun";
    int64_t day = floor_div(minute, MINUTES_OF_A_DAY);
    int of_day = (int)(minute - day * MINUTES_OF_A_DAY);
    date date = date_of(day);
    return lg_format("%s %04lld-%02d-%02d %02d:%02d", names + 4 * weekday_of(day), (long long)date.year, date.month, date.day,
                     of_day / 60, of_day % 60);
}

static unsigned days_of_the_week(const lg_json *names) {
    static const char days[] = "mon\0tue\0wed\0thu\0fri\0sat\0sun";
    unsigned set = 0;
    for (const lg_json *name = names ? names->first : NULL; name; name = name->next)
        for (int day = 0; day < 7; day++) set |= strcmp(lg_json_text(name, ""), days + 4 * day) == 0 ? 1u << day : 0;
    return set;
}

static windows windows_of(lg_context *ctx) {
    const lg_json *open = lg_json_get(ctx->settings, "open"), *closed = lg_json_get(ctx->settings, "closed-dates");
    size_t open_count = open ? open->count : 0, closed_count = closed ? closed->count : 0, i = 0;
    window *made = lg_alloc(open_count, sizeof *made);
    for (const lg_json *one = open ? open->first : NULL; one; one = one->next, i++) {
        const char *from = lg_json_text(lg_json_get(one, "from"), "00:00"), *to = lg_json_text(lg_json_get(one, "to"), "00:00");
        made[i] = (window){days_of_the_week(lg_json_get(one, "days")), minutes_of(from), minutes_of(to)};
        if (made[i].from == made[i].to) lg_cannot_answer(ctx, "settings: open[%zu] ends when it begins, at %s", i, from);
    }
    int64_t *days = lg_alloc(closed_count, sizeof *days);
    i = 0;
    for (const lg_json *one = closed ? closed->first : NULL; one; one = one->next, i++) {
        const char *text = lg_json_text(one, "0000-00-00");
        int year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + text[3] - '0';
        date date = {year, (text[5] - '0') * 10 + text[6] - '0', (text[8] - '0') * 10 + text[9] - '0'};
        if (!is_date(date)) lg_cannot_answer(ctx, "settings: closed-dates has %s, and there is no such day", text);
        days[i] = days_of(date);
    }
    return (windows){made, open_count, days, closed_count};
}

/* Returns the seconds since 1970 on a clock that shows local time; 0 where the call cannot be answered. */
static double local_seconds(lg_context *ctx, const char *offset) {
    double ahead = strlen(offset) == 6 ? (offset[0] == '-' ? -60.0 : 60.0) * minutes_of(offset + 1) : NAN;
    double seconds = ctx->stage.now_s + ahead;
    if (fabs(seconds) <= SECONDS_MAX) return seconds;
    lg_cannot_answer(ctx, "no local time: lockgate's clock says %g, and the offset is `%s`", ctx->stage.now_s, offset);
    return 0;
}

static lg_decision decide(lg_context *ctx, const lg_named_report *reports, size_t count) {
    (void)reports, (void)count;
    const char *offset = lg_setting_text(ctx, "offset");
    double seconds = local_seconds(ctx, offset);
    windows all = windows_of(ctx);

    int64_t now = (int64_t)floor(seconds / 60), opens;
    const char *local = lg_format("%s %s", shown(now), offset);
    if (is_open(&all, now)) return lg_promote(ctx, "open: %s", local);

    const char *named = lg_json_text(lg_json_get(ctx->settings, "override-fact"), NULL);
    const char *fact = named ? lg_fact(ctx, named) : NULL;
    if (fact && *fact) return lg_promote(ctx, "closed: %s; opened by the fact %s, %s", local, named, fact);

    if (!next_opening(&all, now, &opens)) return lg_hold(ctx, "closed: %s; does not open within %d days", local, DAYS_AHEAD);
    lg_decision hold = lg_hold(ctx, "closed: %s; opens %s", local, shown(opens));
    double wait_ms = ((double)opens * 60 - seconds) * 1000;
    hold.ask_again_ms = wait_ms < ASK_AGAIN_MS_MAX ? (uint32_t)ceil(wait_ms) : (uint32_t)ASK_AGAIN_MS_MAX;
    return hold;
}

const lg_gate lg_this_gate = {
    .name = "maintenance-window",
    .version = "0.1.0",
    .summary = "Holds outside of the hours of the settings.",
    .schema = schema,
    .decide = decide,
};
