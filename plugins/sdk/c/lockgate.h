/* The kit for gates of lockgate in C: settings, requests, probes, state and verdicts.
 *
 * A gate defines `lg_this_gate`, and one or two functions:
 *
 *     #include "lockgate.h"
 *
 *     static lg_report check(lg_context *ctx) {
 *         lg_answer answer = lg_get(ctx, &ctx->canary, lg_setting_text(ctx, "path"));
 *         return answer.ok ? lg_healthy(ctx, "it answers") : lg_unhealthy(ctx, "it answered %d", answer.status);
 *     }
 *
 *     static const char schema[] = {
 *     #embed "settings.schema.json"
 *         , 0};
 *     const lg_gate lg_this_gate = {.name = "my-gate", .version = "0.1.0", .summary = "Asks the canary for its health.",
 *                                   .schema = schema, .check = check};
 *
 * What cannot be answered sticks: after a request that lockgate did not send, a setting that is not there, or
 * `lg_cannot_answer`, the call ends as "could not answer" whatever the gate returns. Until then every function goes on, and
 * gives nothing: an answer that is not ok, an empty text, 0. So a gate checks no errors, and never passes by one. NULL is said of what
 * may not be there, such as a fact; build with -fsanitize=undefined -fsanitize-trap=undefined, as build.sh does, so that a NULL that a
 * gate forgets is a trap and no memory of zeros.
 *
 * All texts end with a 0 byte and live as long as the call, as does everything that the kit returns. Nothing has to be freed:
 * each call has a new instance. Memory that is used up ends the call. wit/plugin.wit is the contract, and the manual of
 * everything that a gate gets and answers. */
#ifndef LOCKGATE_H
#define LOCKGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "memory.h"

/* The time for each request of a probe, in milliseconds: forty to each revision end within the 30 s of a call. */
#define LG_PROBE_TIMEOUT_MS 2000

/* A deployed version of the app. `url` is the origin at which this revision alone answers. */
typedef struct {
    const char *name, *url, *image;
} lg_revision;

/* The position of the rollout in its plan, as in the contract. */
typedef struct {
    uint32_t index, total, weight, next_weight, asked;
    double weight_since_s, now_s;
} lg_stage;

/* A name and a value: a header field, or a fact. */
typedef struct {
    const char *name, *value;
} lg_pair;

typedef struct lg_private lg_private;

/* Everything that a gate receives. */
typedef struct {
    const char *run, *app; /* the id of the run, and the name of the app */
    lg_revision stable, canary;
    lg_stage stage;
    const lg_json *settings; /* the operator's settings, which lockgate has checked and completed: an object */
    const lg_json *state;    /* what the gate remembered in its last call of this rollout; NULL at the first */
    const lg_pair *facts;    /* what the pipeline hands over, sorted by name */
    size_t fact_count;
    lg_private *private;
} lg_context;

/* ---- settings, facts, state ---- */

/* A setting by its key. One that is not there, or is of another type, ends the call. */
const char *lg_setting_text(lg_context *ctx, const char *key);
double lg_setting_number(lg_context *ctx, const char *key);
bool lg_setting_bool(lg_context *ctx, const char *key);

/* A fact by its name; NULL without one. */
const char *lg_fact(const lg_context *ctx, const char *name);

/* Sets what the next call gets as its state: JSON, at most 64 KiB, such as lg_remember(ctx, "{\"calls\":%d}", calls).
 * lg_quoted makes a text part of it. Without it the state stays as it is. */
void lg_remember(lg_context *ctx, const char *format, ...) LG_PRINTF(2, 3);

/* Returns a text as JSON has it, with its quotes. */
const char *lg_quoted(lg_context *ctx, const char *text);

/* ---- requests ---- */

/* A request to an absolute URL. Without a body it is NULL; a timeout of 0 is lockgate's own, 10 s. */
typedef struct {
    const char *method, *url;
    const lg_pair *headers;
    size_t header_count;
    const void *body;
    size_t body_length;
    uint32_t timeout_ms;
} lg_request;

typedef enum { LG_ANSWERED, LG_TIMEOUT, LG_UNREACHABLE, LG_TOO_LARGE, LG_NOT_SENT } lg_outcome;

/* What came of a request: a response, or the reason why there is none. Without a response `status` is 0 and `ok` is false, so
 * that a gate that forgets to look never passes by it. */
typedef struct {
    lg_outcome outcome;
    bool ok; /* whether the status is 200 to 299 */
    int status;
    const lg_pair *headers; /* with names in lower case */
    size_t header_count;
    const char *body; /* does not end with a 0 byte */
    size_t body_length;
    double elapsed_ms;     /* until the last byte, as lockgate measured it; 0 without a response */
    const char *no_answer; /* why there is no response, in words; NULL where there is one */
} lg_answer;

/* Returns a request to a revision. The path begins with a slash. */
lg_request lg_request_to(lg_context *ctx, const lg_revision *revision, const char *method, const char *path);

/* Sends one request and waits for the answer. */
lg_answer lg_send(lg_context *ctx, const lg_request *request);

/* Sends requests at the same time, at most 8 of them in flight. `answers` has room for all, and gets them in their order. */
void lg_send_all(lg_context *ctx, const lg_request *requests, size_t count, lg_answer *answers);

/* Sends a GET to a revision. */
lg_answer lg_get(lg_context *ctx, const lg_revision *revision, const char *path);

/* The first header field of this name, which is in lower case; NULL without one. */
const char *lg_header(const lg_answer *answer, const char *name);

/* The body as a text, with a 0 byte at its end; what stands behind a 0 byte within is not seen. */
const char *lg_answer_text(lg_context *ctx, const lg_answer *answer);

/* The body as JSON; NULL where it is none, which is a finding about the other side. */
const lg_json *lg_answer_json(lg_context *ctx, const lg_answer *answer);

/* The outcome of several equal requests. Times are milliseconds over the responses by nearest rank, 0 without any. */
typedef struct {
    unsigned requests;
    unsigned failed; /* had a response that is not 2xx */
    unsigned silent; /* had no response */
    double p50, p95, slowest;
    const char *problem; /* the first failure in a sentence, such as "GET /health answered 503"; empty without one */
} lg_probe;

/* Sends `count` equal GETs to a revision at the same time, and counts. */
lg_probe lg_probe_path(lg_context *ctx, const lg_revision *revision, const char *path, unsigned count);

/* The same with another time for each request, in milliseconds. */
lg_probe lg_probe_within(lg_context *ctx, const lg_revision *revision, const char *path, unsigned count, uint32_t timeout_ms);

/* A percentile of numbers in ascending order, by nearest rank: one of them. 0 without any. */
double lg_percentile(const double *sorted, size_t count, double percent);

/* ---- the platform's counts, the clock, the log ---- */

/* The number of requests to one revision with one class of status, such as 5xx. */
typedef struct {
    const char *revision, *status_class;
    double requests;
} lg_count;

/* One stretch of the platform's request counts: 60 s on Azure. */
typedef struct {
    double start_s, end_s;
    const lg_count *counts;
    size_t count_count;
} lg_slice;

/* The newest slices, oldest first: 1 to 1,440. Without any the call ends, and the number is 0. */
size_t lg_slices(lg_context *ctx, uint32_t newest, const lg_slice **slices);

/* Milliseconds on a clock that never goes back, and that is virtual in a replay. */
double lg_now_ms(void);

/* Waits. The time counts against the call's wall-clock budget. */
void lg_sleep_ms(uint32_t ms);

typedef enum { LG_DEBUG, LG_INFO, LG_WARN, LG_ERROR } lg_level;

/* Writes a line of the log. Debug and info are shown with --verbose, the others always. */
void lg_log(lg_context *ctx, lg_level level, const char *format, ...) LG_PRINTF(3, 4);

/* ---- answers ---- */

/* Adds a measurement to what the gate answers. The subject is such as "canary"; the unit is such as "ms", or empty. */
void lg_measure(lg_context *ctx, const char *name, const char *subject, double value, const char *unit);

/* Adds the numbers of a probe. */
void lg_measure_probe(lg_context *ctx, const lg_probe *probe, const char *subject);

/* What a health check answers. One that none of these functions made is no answer. */
typedef struct {
    uint8_t health;
    const char *summary;
} lg_report;

/* A pass, a fail (lockgate rolls back at once), and "cannot tell yet" (lockgate asks again until the gate deadline). */
lg_report lg_healthy(lg_context *ctx, const char *format, ...) LG_PRINTF(2, 3);
lg_report lg_unhealthy(lg_context *ctx, const char *format, ...) LG_PRINTF(2, 3);
lg_report lg_unknown(lg_context *ctx, const char *format, ...) LG_PRINTF(2, 3);

/* What a promotion gate answers. One that none of these functions made is no answer. With a hold `ask_again_ms` is the time until
 * the next call, in milliseconds; 0 is lockgate's check interval. */
typedef struct {
    uint8_t decision;
    const char *reason;
    uint32_t ask_again_ms;
} lg_decision;

/* A pass, "not yet", and a fail (lockgate rolls back at once). */
lg_decision lg_promote(lg_context *ctx, const char *format, ...) LG_PRINTF(2, 3);
lg_decision lg_hold(lg_context *ctx, const char *format, ...) LG_PRINTF(2, 3);
lg_decision lg_roll_back(lg_context *ctx, const char *format, ...) LG_PRINTF(2, 3);

/* Ends the call as "could not answer". The first text is the one that is shown. */
void lg_cannot_answer(lg_context *ctx, const char *format, ...) LG_PRINTF(2, 3);

/* The findings of a health check; the first is what forgotten memory says. */
typedef enum { LG_UNKNOWN, LG_HEALTHY, LG_UNHEALTHY } lg_health;

/* A number that a health check measured. */
typedef struct {
    const char *name, *subject;
    double value;
    const char *unit;
} lg_measurement;

/* The latest report of a health check, by the gate's name in the operator's configuration. */
typedef struct {
    const char *gate;
    lg_health health;
    const char *summary;
    const lg_measurement *measurements;
    size_t measurement_count;
} lg_named_report;

/* ---- the declaration ---- */

typedef struct {
    const char *name, *version, *summary;
    const char *schema;         /* the JSON Schema of the settings, as its text */
    const char *const *origins; /* what the gate reaches beside the two revisions; ends with NULL; NULL for none */
    lg_report (*check)(lg_context *ctx);
    lg_decision (*decide)(lg_context *ctx, const lg_named_report *reports, size_t count);
} lg_gate;

/* The gate of this program. */
extern const lg_gate lg_this_gate;

#endif
