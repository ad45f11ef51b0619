/* From a call of the contract to a function of the gate, and from its answer back. */
#include "lockgate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

/* Made by the functions alone: a report or a decision that is all 0 is no answer. */
enum { UNKNOWN = 1, HEALTHY, UNHEALTHY };
enum { HOLD = 1, PROMOTE, ROLL_BACK };

/* ---- texts ---- */

/* Returns a copy that the generated code frees. */
static contract_string_t given(const char *text, size_t length) {
    contract_string_t copy = {NULL, length};
    if (length) {
        copy.ptr = lg_alloc(length, 1);
        memcpy(copy.ptr, text, length);
    }
    return copy;
}

static contract_string_t given_text(const char *text) {
    contract_string_t whole = lg_borrowed(text);
    return given((const char *)whole.ptr, whole.len);
}

const char *lg_quoted(lg_context *ctx, const char *text) {
    (void)ctx;
    char *quoted = lg_alloc(6 * strlen(text) + 3, 1), *to = quoted;
    *to++ = '"';
    for (const char *at = text; *at; at++) {
        unsigned char c = (unsigned char)*at;
        if (c < 0x20)
            to += sprintf(to, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            to += sprintf(to, "\\%c", c);
        else
            *to++ = (char)c;
    }
    *to = '"';
    return quoted;
}

/* ---- settings, facts, state ---- */

void lg_cannot_answer(lg_context *ctx, const char *format, ...) {
    if (ctx->private->failure) return;
    va_list values;
    va_start(values, format);
    ctx->private->failure = (char *)(uintptr_t)lg_format_list(format, values);
    va_end(values);
}

static const lg_json *setting(lg_context *ctx, const char *key, lg_json_type type, const char *what) {
    const lg_json *value = lg_json_get(ctx->settings, key);
    if (value && value->type == type) return value;
    lg_cannot_answer(ctx, "the settings have no %s `%s`", what, key);
    return NULL;
}

const char *lg_setting_text(lg_context *ctx, const char *key) { return lg_json_text(setting(ctx, key, LG_TEXT, "text"), ""); }

double lg_setting_number(lg_context *ctx, const char *key) { return lg_json_number(setting(ctx, key, LG_NUMBER, "number"), 0); }

bool lg_setting_bool(lg_context *ctx, const char *key) { return lg_json_bool(setting(ctx, key, LG_BOOL, "true or false"), false); }

const char *lg_fact(const lg_context *ctx, const char *name) {
    for (size_t i = 0; i < ctx->fact_count; i++)
        if (strcmp(ctx->facts[i].name, name) == 0) return ctx->facts[i].value;
    return NULL;
}

void lg_remember(lg_context *ctx, const char *format, ...) {
    va_list values;
    va_start(values, format);
    const char *state = lg_format_list(format, values);
    va_end(values);
    if (!lg_json_parse(state, strlen(state))) lg_cannot_answer(ctx, "the state to remember is not JSON: %s", state);
    ctx->private->state = state;
    ctx->private->state_length = strlen(state);
}

/* ---- the clock, the log, the platform's counts ---- */

double lg_now_ms(void) { return lockgate_plugin_clock_now_ms(); }

void lg_sleep_ms(uint32_t ms) { lockgate_plugin_clock_sleep_ms(ms); }

void lg_log(lg_context *ctx, lg_level level, const char *format, ...) {
    (void)ctx;
    va_list values;
    va_start(values, format);
    contract_string_t message = lg_borrowed(lg_format_list(format, values));
    va_end(values);
    lockgate_plugin_log_list_pair_t none = {NULL, 0};
    lockgate_plugin_log_write((lockgate_plugin_log_level_t)level, &message, &none);
}

size_t lg_slices(lg_context *ctx, uint32_t newest, const lg_slice **slices) {
    lockgate_plugin_traffic_list_slice_t got = {NULL, 0};
    contract_string_t error = {NULL, 0};
    *slices = NULL;
    if (!lockgate_plugin_traffic_slices(newest, &got, &error)) {
        lg_cannot_answer(ctx, "no request counts: %s", lg_copied(error));
        return 0;
    }
    lg_slice *made = lg_alloc(got.len, sizeof *made);
    for (size_t i = 0; i < got.len; i++) {
        lockgate_plugin_traffic_slice_t *one = &got.ptr[i];
        lg_count *counts = lg_alloc(one->counts.len, sizeof *counts);
        for (size_t j = 0; j < one->counts.len; j++) {
            lockgate_plugin_traffic_count_t *count = &one->counts.ptr[j];
            counts[j] = (lg_count){lg_copied(count->revision), lg_copied(count->status_class), count->requests};
        }
        made[i] = (lg_slice){one->start_s, one->end_s, counts, one->counts.len};
    }
    *slices = made;
    return got.len;
}

/* ---- answers ---- */

void lg_measure(lg_context *ctx, const char *name, const char *subject, double value, const char *unit) {
    lg_private *private = ctx->private;
    if (private->measurement_count == private->measurement_room) {
        private->measurement_room = 2 * private->measurement_room + 16;
        void *moved = realloc(private->measurements, private->measurement_room * sizeof *private->measurements);
        if (!moved) lg_out_of_memory();
        private->measurements = moved;
    }
    private->measurements[private->measurement_count++] = (lockgate_plugin_types_measurement_t){
        given_text(name), given_text(subject), value, given_text(unit)};
}

void lg_measure_probe(lg_context *ctx, const lg_probe *probe, const char *subject) {
    lg_measure(ctx, "failed", subject, probe->failed, "requests");
    lg_measure(ctx, "silent", subject, probe->silent, "requests");
    lg_measure(ctx, "p50", subject, probe->p50, "ms");
    lg_measure(ctx, "p95", subject, probe->p95, "ms");
    lg_measure(ctx, "slowest", subject, probe->slowest, "ms");
}

#define MAKES(type, name, member, finding)                      \
    type name(lg_context *ctx, const char *format, ...) {       \
        (void)ctx;                                              \
        va_list values;                                         \
        va_start(values, format);                               \
        type made = {0};                                        \
        made.member = finding;                                  \
        *text_of_##type(&made) = lg_format_list(format, values); \
        va_end(values);                                         \
        return made;                                            \
    }

static const char **text_of_lg_report(lg_report *report) { return &report->summary; }
static const char **text_of_lg_decision(lg_decision *decision) { return &decision->reason; }

MAKES(lg_report, lg_healthy, health, HEALTHY)
MAKES(lg_report, lg_unhealthy, health, UNHEALTHY)
MAKES(lg_report, lg_unknown, health, UNKNOWN)
MAKES(lg_decision, lg_promote, decision, PROMOTE)
MAKES(lg_decision, lg_hold, decision, HOLD)
MAKES(lg_decision, lg_roll_back, decision, ROLL_BACK)

/* ---- the exports ---- */

static lg_revision revision_of(lockgate_plugin_types_revision_t revision) {
    return (lg_revision){lg_copied(revision.name), lg_copied(revision.url), lg_copied(revision.image)};
}

static lg_context context_of(const lockgate_plugin_types_context_t *call, lg_private *private) {
    lockgate_plugin_types_stage_t stage = call->stage;
    lg_pair *facts = lg_alloc(call->facts.len, sizeof *facts);
    for (size_t i = 0; i < call->facts.len; i++)
        facts[i] = (lg_pair){lg_copied(call->facts.ptr[i].f0), lg_copied(call->facts.ptr[i].f1)};
    lg_context ctx = {
        .run = lg_copied(call->rollout.id),
        .app = lg_copied(call->rollout.app),
        .stable = revision_of(call->rollout.stable),
        .canary = revision_of(call->rollout.canary),
        .stage = {stage.index, stage.total, stage.weight, stage.next_weight, stage.asked, stage.weight_since_s, stage.now_s},
        .settings = lg_json_parse((const char *)call->settings.ptr, call->settings.len),
        .facts = facts,
        .fact_count = call->facts.len,
        .private = private,
    };
    private->state = lg_copied((contract_string_t){call->state.ptr, call->state.len});
    private->state_length = call->state.len;
    if (!ctx.settings) lg_cannot_answer(&ctx, "the settings are not JSON");
    if (call->state.len) {
        ctx.state = lg_json_parse(private->state, call->state.len);
        if (!ctx.state) lg_cannot_answer(&ctx, "the state is not JSON: %.80s", private->state);
    }
    return ctx;
}

static contract_list_u8_t state_of(const lg_private *private) {
    contract_string_t state = given(private->state, private->state_length);
    return (contract_list_u8_t){state.ptr, state.len};
}

static lockgate_plugin_types_list_measurement_t measurements_of(const lg_private *private) {
    return (lockgate_plugin_types_list_measurement_t){private->measurements, private->measurement_count};
}

/* Returns whether the call can be answered; else sets the error. */
static bool answered(const lg_private *private, contract_string_t *error) {
    if (private->failure) *error = given_text(private->failure);
    return !private->failure;
}

void exports_lockgate_plugin_about_describe(contract_string_t *about) {
    const char *origins = "";
    for (const char *const *origin = lg_this_gate.origins; origin && *origin; origin++)
        origins = lg_format("%s%s%s", origins, *origins ? "," : "", lg_quoted(NULL, *origin));
    const char *text = lg_format("{\"name\":%s,\"version\":%s,\"summary\":%s,\"settings\":%s,\"origins\":[%s]}",
                                 lg_quoted(NULL, lg_this_gate.name), lg_quoted(NULL, lg_this_gate.version),
                                 lg_quoted(NULL, lg_this_gate.summary), lg_this_gate.schema, origins);
    *about = given_text(text);
}

bool exports_lockgate_plugin_health_checking_check(exports_lockgate_plugin_health_checking_context_t *call,
                                                   exports_lockgate_plugin_health_checking_health_report_t *report,
                                                   contract_string_t *error) {
    static const uint8_t findings[] = {0, LOCKGATE_PLUGIN_TYPES_HEALTH_UNKNOWN, LOCKGATE_PLUGIN_TYPES_HEALTH_HEALTHY,
                                       LOCKGATE_PLUGIN_TYPES_HEALTH_UNHEALTHY};
    lg_private private = {0};
    lg_context ctx = context_of(call, &private);
    if (!lg_this_gate.check) lg_cannot_answer(&ctx, "the gate has no check");
    lg_report made = {0};
    if (!private.failure) made = lg_this_gate.check(&ctx);
    if (made.health < UNKNOWN || made.health > UNHEALTHY || !made.summary)
        lg_cannot_answer(&ctx, "check returned no report: return lg_healthy, lg_unhealthy or lg_unknown");
    if (!answered(&private, error)) return false;
    report->health = findings[made.health];
    report->summary = given_text(made.summary);
    report->measurements = measurements_of(&private);
    report->state = state_of(&private);
    return true;
}

bool exports_lockgate_plugin_promotion_decide(exports_lockgate_plugin_promotion_context_t *call,
                                              exports_lockgate_plugin_promotion_list_named_report_t *reports,
                                              exports_lockgate_plugin_promotion_answer_t *answer, contract_string_t *error) {
    static const uint8_t decisions[] = {0, LOCKGATE_PLUGIN_TYPES_DECISION_HOLD, LOCKGATE_PLUGIN_TYPES_DECISION_PROMOTE,
                                        LOCKGATE_PLUGIN_TYPES_DECISION_ROLL_BACK};
    lg_private private = {0};
    lg_context ctx = context_of(call, &private);
    lg_named_report *named = lg_alloc(reports->len, sizeof *named);
    for (size_t i = 0; i < reports->len; i++) {
        lockgate_plugin_types_health_report_t *report = &reports->ptr[i].report;
        lg_measurement *measured = lg_alloc(report->measurements.len, sizeof *measured);
        for (size_t j = 0; j < report->measurements.len; j++) {
            lockgate_plugin_types_measurement_t *one = &report->measurements.ptr[j];
            measured[j] = (lg_measurement){lg_copied(one->name), lg_copied(one->subject), one->value, lg_copied(one->unit)};
        }
        named[i] = (lg_named_report){lg_copied(reports->ptr[i].gate), (lg_health)report->health, lg_copied(report->summary), measured,
                                     report->measurements.len};
    }
    if (!lg_this_gate.decide) lg_cannot_answer(&ctx, "the gate has no decide");
    lg_decision made = {0};
    if (!private.failure) made = lg_this_gate.decide(&ctx, named, reports->len);
    if (made.decision < HOLD || made.decision > ROLL_BACK || !made.reason)
        lg_cannot_answer(&ctx, "decide returned no decision: return lg_promote, lg_hold or lg_roll_back");
    if (!answered(&private, error)) return false;
    answer->decision = decisions[made.decision];
    answer->reason = given_text(made.reason);
    answer->ask_again_ms = (contract_option_u32_t){made.ask_again_ms > 0, made.ask_again_ms};
    answer->measurements = measurements_of(&private);
    answer->state = state_of(&private);
    return true;
}
