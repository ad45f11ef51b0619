/* <$ "Probes both revisions and compares them: what fails, and how long the answers take." if health_check else "Waits for healthy rounds in a row." $> */
#include "lockgate.h"

static const char schema[] = {
#embed "settings.schema.json"
    , 0};
<% if health_check %>

static lg_report check(lg_context *ctx) {
    const char *path = lg_setting_text(ctx, "path");
    unsigned n = (unsigned)lg_setting_number(ctx, "requests"), most = (unsigned)lg_setting_number(ctx, "slow-calls");
    lg_probe canary = lg_probe_path(ctx, &ctx->canary, path, n);
    lg_probe stable = lg_probe_path(ctx, &ctx->stable, path, n);
    lg_measure_probe(ctx, &canary, "canary");
    lg_measure_probe(ctx, &stable, "stable");

    unsigned bad = canary.failed + canary.silent, stable_bad = stable.failed + stable.silent;
    const char *failed = lg_format("%u of %u requests to the canary failed", bad, n);
    if (bad > stable_bad) return lg_unhealthy(ctx, "%s, %u to stable: %s", failed, stable_bad, canary.problem);
    if (bad > 0) return lg_unknown(ctx, "%s, and as many or more to stable", failed);

    double limit = stable.p95 * lg_setting_number(ctx, "max-ratio") + lg_setting_number(ctx, "allowance-ms");
    bool is_slow = stable.silent < n && canary.p95 > limit;
    unsigned slow_calls = is_slow ? (unsigned)lg_json_number(lg_json_get(ctx->state, "slow-calls"), 0) + 1 : 0;
    lg_remember(ctx, "{\"slow-calls\":%u}", slow_calls);
    const char *slow = lg_format("p95 of the canary is %.0f ms, at most %.0f ms were expected", canary.p95, limit);
    if (slow_calls >= most) return lg_unhealthy(ctx, "%s, %u calls in a row", slow, slow_calls);
    if (is_slow) return lg_unknown(ctx, "%s: %u of %u calls", slow, slow_calls, most);
    return lg_healthy(ctx, "%u requests answered, p95 %.0f ms beside %.0f ms of stable", n, canary.p95, stable.p95);
}
<% endif %>
<% if promotion_gate %>

static lg_decision decide(lg_context *ctx, const lg_named_report *reports, size_t count) {
    unsigned needed = (unsigned)lg_setting_number(ctx, "healthy-calls");
    unsigned times = (unsigned)lg_json_number(lg_json_get(ctx->state, "healthy-calls"), 0) + 1;
    for (size_t i = 0; i < count; i++) {
        if (reports[i].health == LG_HEALTHY) continue;
        lg_remember(ctx, "{\"healthy-calls\":0}");
        return lg_hold(ctx, "%s is not healthy: %s", reports[i].gate, reports[i].summary);
    }
    if (count == 0) return lg_hold(ctx, "no health check has reported yet");
    if (times < needed) {
        lg_remember(ctx, "{\"healthy-calls\":%u}", times);
        lg_decision hold = lg_hold(ctx, "all health checks were healthy %u of %u times", times, needed);
        hold.ask_again_ms = 10000;
        return hold;
    }
    lg_remember(ctx, "{\"healthy-calls\":0}");
    return lg_promote(ctx, "all health checks were healthy %u times in a row", times);
}
<% endif %>

const lg_gate lg_this_gate = {
    .name = "<$ name $>",
    .version = "0.1.0",
    .summary = "<$ "Probes both revisions and compares them." if health_check else "Waits for healthy rounds in a row." $>",
    .schema = schema,
<% if health_check %>
    .check = check,
<% endif %>
<% if promotion_gate %>
    .decide = decide,
<% endif %>
};
