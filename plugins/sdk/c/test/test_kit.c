/* The kit as a gate uses it, with a lockgate made for the test in the place of the imports. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../private.h"

static unsigned tests, failures;

static void holds(bool what, const char *said, int line) {
    tests++;
    if (what) return;
    failures++;
    printf("test_kit.c:%d: %s\n", line, said);
}

static void equal(const char *got, const char *wanted, int line) {
    holds(got && strcmp(got, wanted) == 0, lg_format("got `%s`, wanted `%s`", got ? got : "NULL", wanted), line);
}

#define HOLDS(what) holds(what, #what, __LINE__)
#define EQUAL(got, wanted) equal(got, wanted, __LINE__)

/* ---- the imports ---- */

static lockgate_plugin_http_result_response_error_t answers[8];
static char last_request[256], last_line[256];
static double now;
static unsigned sent_count;

static contract_string_t text(const char *text) {
    contract_string_t copy = {lg_alloc(strlen(text) + 1, 1), strlen(text)};
    memcpy(copy.ptr, text, copy.len);
    return copy;
}

bool lockgate_plugin_http_send(lockgate_plugin_http_request_t *request, lockgate_plugin_http_response_t *response,
                               lockgate_plugin_http_error_t *error) {
    (void)request, (void)response, (void)error;
    abort();
}

void lockgate_plugin_http_send_all(lockgate_plugin_http_list_request_t *requests,
                                   lockgate_plugin_http_list_result_response_error_t *results) {
    sent_count += (unsigned)requests->len;
    lockgate_plugin_http_request_t *last = &requests->ptr[requests->len - 1];
    snprintf(last_request, sizeof last_request, "%.*s %.*s %u %.*s", (int)last->method.len, last->method.ptr, (int)last->url.len,
             last->url.ptr, last->timeout_ms.is_some ? last->timeout_ms.val : 0, (int)last->body.val.len,
             last->body.is_some ? (const char *)last->body.val.ptr : "");
    results->ptr = lg_alloc(requests->len, sizeof *results->ptr);
    results->len = requests->len;
    for (size_t i = 0; i < requests->len; i++) results->ptr[i] = answers[i];
}

double lockgate_plugin_clock_now_ms(void) { return now; }
void lockgate_plugin_clock_sleep_ms(uint32_t ms) { now += ms; }

void lockgate_plugin_log_write(lockgate_plugin_log_level_t level, contract_string_t *message, lockgate_plugin_log_list_pair_t *fields) {
    snprintf(last_line, sizeof last_line, "%u %.*s %zu", level, (int)message->len, message->ptr, fields->len);
}

bool lockgate_plugin_traffic_slices(uint32_t newest, lockgate_plugin_traffic_list_slice_t *slices, contract_string_t *error) {
    if (newest == 0) {
        *error = text("forbidden");
        return false;
    }
    slices->len = 1;
    slices->ptr = lg_alloc(1, sizeof *slices->ptr);
    slices->ptr->end_s = 60;
    slices->ptr->counts.len = 1;
    slices->ptr->counts.ptr = lg_alloc(1, sizeof *slices->ptr->counts.ptr);
    *slices->ptr->counts.ptr = (lockgate_plugin_traffic_count_t){text("shop--v2"), text("5xx"), 2};
    return true;
}

/* ---- a gate whose functions each test sets ---- */

static const lg_named_report *named;
static size_t named_count;
static lg_report (*checks)(lg_context *ctx);
static lg_decision (*decides)(lg_context *ctx);

static lg_report check(lg_context *ctx) { return checks(ctx); }
static lg_decision decide(lg_context *ctx, const lg_named_report *reports, size_t count) {
    named = reports, named_count = count;
    return decides(ctx);
}

static const char *const origins[] = {"https://x.example", "https://y.example", NULL};
const lg_gate lg_this_gate = {
    .name = "a", .version = "1.0.0", .summary = "says \"hi\"", .schema = "{}", .origins = origins, .check = check, .decide = decide,
};

static lockgate_plugin_types_context_t call_of(const char *settings, const char *state) {
    static lockgate_plugin_types_pair_t fact;
    fact = (lockgate_plugin_types_pair_t){text("commit"), text("abc")};
    contract_string_t copied = text(state);
    return (lockgate_plugin_types_context_t){
        .rollout = {text("run-1"), text("shop"), {text("shop--v1"), text("https://stable.example"), text("")},
                    {text("shop--v2"), text("https://canary.example"), text("")}},
        .stage = {.next_weight = 10},
        .settings = text(settings),
        .facts = {&fact, 1},
        .state = {copied.ptr, copied.len},
    };
}

/* Returns "<health> <summary> <state>", or "error: <text>". */
static const char *checked(const char *settings, const char *state, lg_report (*function)(lg_context *ctx)) {
    checks = function;
    exports_lockgate_plugin_health_checking_context_t call = call_of(settings, state);
    exports_lockgate_plugin_health_checking_health_report_t report = {0};
    contract_string_t error = {0};
    if (!exports_lockgate_plugin_health_checking_check(&call, &report, &error)) return lg_format("error: %s", lg_copied(error));
    contract_string_t kept = {report.state.ptr, report.state.len};
    return lg_format("%u %s %s", report.health, lg_copied(report.summary), lg_copied(kept));
}

static lockgate_plugin_http_result_response_error_t response(uint16_t status, const char *body, double elapsed_ms) {
    lockgate_plugin_http_result_response_error_t result = {0};
    contract_string_t copied = text(body);
    result.val.ok.status = status;
    result.val.ok.body = (contract_list_u8_t){copied.ptr, copied.len};
    result.val.ok.elapsed_ms = elapsed_ms;
    return result;
}

static lockgate_plugin_http_result_response_error_t error(uint8_t tag) {
    lockgate_plugin_http_result_response_error_t result = {.is_err = true};
    result.val.err.tag = tag;
    if (tag == LOCKGATE_PLUGIN_HTTP_ERROR_TOO_LARGE)
        result.val.err.val.too_large = 10;
    else
        result.val.err.val.denied = text("why");
    return result;
}

static lg_report reads_the_call(lg_context *ctx) {
    EQUAL(ctx->run, "run-1");
    EQUAL(ctx->app, "shop");
    EQUAL(ctx->canary.url, "https://canary.example");
    EQUAL(lg_fact(ctx, "commit"), "abc");
    HOLDS(!lg_fact(ctx, "other") && ctx->stage.next_weight == 10);
    HOLDS(lg_setting_number(ctx, "n") == 1.5 && lg_setting_bool(ctx, "b"));
    return lg_healthy(ctx, "%s", lg_setting_text(ctx, "path"));
}

static lg_report wants_b(lg_context *ctx) {
    lg_setting_bool(ctx, "b");
    lg_setting_text(ctx, "n");
    return lg_healthy(ctx, "never");
}

static lg_report counts(lg_context *ctx) {
    lg_remember(ctx, "{\"seen\":%.0f}", lg_json_number(lg_json_get(ctx->state, "seen"), 0) + 1);
    return lg_unknown(ctx, "counting");
}

static lg_report says_no(lg_context *ctx) { return lg_unhealthy(ctx, "no"); }
static lg_report forgets(lg_context *ctx) { return (void)ctx, (lg_report){0}; }
static lg_report remembers_nonsense(lg_context *ctx) {
    lg_remember(ctx, "{seen}");
    return lg_healthy(ctx, "fine");
}

static lg_report gets(lg_context *ctx) {
    lg_get(ctx, &ctx->canary, "/a");
    lg_get(ctx, &ctx->canary, "/b");
    return lg_healthy(ctx, "never");
}

static lg_answer answer;
static lg_report posts(lg_context *ctx) {
    lg_pair header = {"x-a", "1"};
    lg_request request = lg_request_to(ctx, &ctx->canary, "POST", "/x");
    request.headers = &header, request.header_count = 1, request.timeout_ms = 250, request.body = "hi", request.body_length = 2;
    answer = lg_send(ctx, &request);
    return lg_healthy(ctx, "%s", answer.no_answer ? answer.no_answer : "");
}

static lg_probe probe;
static lg_report probes(lg_context *ctx) {
    probe = lg_probe_path(ctx, &ctx->canary, "/health", 4);
    lg_measure_probe(ctx, &probe, "canary");
    return lg_healthy(ctx, "%s", probe.problem);
}

static lg_report probes_nothing(lg_context *ctx) {
    lg_probe none = lg_probe_path(ctx, &ctx->canary, "/health", 0);
    HOLDS(none.requests == 0);
    return lg_healthy(ctx, "never");
}

static lg_report asks_for_counts(lg_context *ctx) {
    const lg_slice *slices;
    HOLDS(lg_slices(ctx, 1, &slices) == 1 && slices->counts->requests == 2);
    EQUAL(slices->counts->status_class, "5xx");
    lg_slices(ctx, 0, &slices);
    return lg_healthy(ctx, "never");
}

/* What another side sent, and what a precision has cut within a character. */
static lg_report quotes(lg_context *ctx) {
    lg_measure(ctx, "\xed\xa0\x80", "", 0, "");
    lg_log(ctx, LG_INFO, "%s", "\xf4\x90z");
    return lg_unhealthy(ctx, "%s %.2s %s", "\xff\xc0\x80", "a\xc3\xa9", "\xe2\x82\xac\xf0\x9f\x98\x80\xc3");
}

static void test_calls(void) {
    EQUAL(checked("{}", "", quotes), "2 \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd a\xef\xbf\xbd \xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd ");
    EQUAL(last_line, "1 \xef\xbf\xbd\xef\xbf\xbdz 0");
    EQUAL(checked("{}", "\xff", says_no), "error: the state is not JSON: \xef\xbf\xbd");
    EQUAL(checked("{\"n\":1.5,\"b\":true,\"path\":\"/zdrav\\u00ed\"}", "", reads_the_call), "1 /zdraví ");
    EQUAL(checked("{\"n\":1.5,\"b\":1}", "", wants_b), "error: the settings have no true or false `b`");
    EQUAL(checked("{", "", says_no), "error: the settings are not JSON");
    EQUAL(checked("{}", "", counts), "0 counting {\"seen\":1}");
    EQUAL(checked("{}", "{\"seen\":1}", counts), "0 counting {\"seen\":2}");
    EQUAL(checked("{}", "{\"seen\":2}", says_no), "2 no {\"seen\":2}");
    EQUAL(checked("{}", "{\"seen\":", counts), "error: the state is not JSON: {\"seen\":");
    EQUAL(checked("{}", "", forgets), "error: check returned no report: return lg_healthy, lg_unhealthy or lg_unknown");
    EQUAL(checked("{}", "", remembers_nonsense), "error: the state to remember is not JSON: {seen}");
    EQUAL(checked("{}", "", asks_for_counts), "error: no request counts: forbidden");
}

static void test_requests(void) {
    static const char *const kinds[] = {"denied", "invalid", NULL, NULL, NULL, "budget", "unresolved", "untrusted"};
    for (uint8_t tag = 0; tag < 8; tag++) {
        if (!kinds[tag]) continue;
        answers[0] = error(tag);
        sent_count = 0;
        const char *more = tag > 5 ? "; this says nothing about the revision" : "";
        EQUAL(checked("{}", "", gets), lg_format("error: GET https://canary.example/a: %s: why%s", kinds[tag], more));
        HOLDS(sent_count == 1);
    }
    answers[0] = error(LOCKGATE_PLUGIN_HTTP_ERROR_TIMEOUT);
    EQUAL(checked("{}", "", posts), "1 no response within 250 ms ");
    HOLDS(!answer.ok && answer.status == 0 && answer.outcome == LG_TIMEOUT);
    answers[0] = error(LOCKGATE_PLUGIN_HTTP_ERROR_UNREACHABLE);
    EQUAL(checked("{}", "", posts), "1 why ");
    answers[0] = error(LOCKGATE_PLUGIN_HTTP_ERROR_TOO_LARGE);
    EQUAL(checked("{}", "", posts), "1 the response exceeded 10 bytes ");
    answers[0] = response(201, "{\"x\":1}", 4.5);
    EQUAL(checked("{}", "", posts), "1  ");
    EQUAL(last_request, "POST https://canary.example/x 250 hi");
    EQUAL(lg_answer_text(NULL, &answer), "{\"x\":1}");
    HOLDS(answer.ok && answer.elapsed_ms == 4.5 && lg_json_number(lg_json_get(lg_answer_json(NULL, &answer), "x"), 0) == 1);
    answers[0] = response(200, "", 30), answers[1] = response(503, "", 20), answers[2] = response(200, "", 10);
    answers[3] = error(LOCKGATE_PLUGIN_HTTP_ERROR_TIMEOUT);
    EQUAL(checked("{}", "", probes), "1 GET /health answered 503 ");
    HOLDS(probe.failed == 1 && probe.silent == 1 && probe.p50 == 20 && probe.p95 == 30 && probe.slowest == 30);
    for (int i = 0; i < 4; i++) answers[i] = error(LOCKGATE_PLUGIN_HTTP_ERROR_TIMEOUT);
    EQUAL(checked("{}", "", probes), "1 GET /health had no answer: no response within 2000 ms ");
    HOLDS(probe.silent == 4 && probe.p50 == 0 && probe.slowest == 0);
    EQUAL(checked("{}", "", probes_nothing), "error: a probe sends at least one request");
    double numbers[] = {1, 2, 3, 4};
    HOLDS(lg_percentile(numbers, 4, 50) == 2 && lg_percentile(numbers, 4, 95) == 4 && lg_percentile(numbers, 4, 0) == 1);
}

static lg_decision promotes(lg_context *ctx) { return lg_promote(ctx, "go"); }
static lg_decision rolls_back(lg_context *ctx) { return lg_roll_back(ctx, "no"); }
static lg_decision decides_nothing(lg_context *ctx) { return (void)ctx, (lg_decision){0}; }
static lg_decision waits(lg_context *ctx) {
    lg_decision hold = lg_hold(ctx, "wait");
    hold.ask_again_ms = 5;
    return hold;
}

static const char *decided(lg_decision (*function)(lg_context *ctx)) {
    decides = function;
    exports_lockgate_plugin_promotion_context_t call = call_of("{}", "");
    lockgate_plugin_types_measurement_t measured = {text("p95"), text("canary"), 7, text("ms")};
    exports_lockgate_plugin_promotion_named_report_t report = {
        text("http-health"), {LOCKGATE_PLUGIN_TYPES_HEALTH_UNHEALTHY, text("503"), {&measured, 1}, {NULL, 0}}};
    exports_lockgate_plugin_promotion_list_named_report_t reports = {&report, 1};
    exports_lockgate_plugin_promotion_answer_t made = {0};
    contract_string_t error = {0};
    if (!exports_lockgate_plugin_promotion_decide(&call, &reports, &made, &error)) return lg_format("error: %s", lg_copied(error));
    return lg_format("%u %s %d %u", made.decision, lg_copied(made.reason), made.ask_again_ms.is_some, made.ask_again_ms.val);
}

static void test_decisions(void) {
    EQUAL(decided(promotes), "1 go 0 0");
    HOLDS(named_count == 1 && named->health == LG_UNHEALTHY && named->measurement_count == 1 && named->measurements->value == 7);
    EQUAL(lg_format("%s %s %s", named->gate, named->summary, named->measurements->name), "http-health 503 p95");
    EQUAL(decided(waits), "0 wait 1 5");
    EQUAL(decided(rolls_back), "2 no 0 0");
    EQUAL(decided(decides_nothing), "error: decide returned no decision: return lg_promote, lg_hold or lg_roll_back");
}

static const lg_json *parsed(const char *document) {
    /* A copy of just its size, so that a read beyond its end is seen. */
    size_t length = strlen(document);
    char *copy = malloc(length ? length : 1);
    memcpy(copy, document, length);
    return lg_json_parse(copy, length);
}

static void test_json(void) {
    static const char *const good[] = {"0", "-0.5e+3", "[]", "{}", " [1 , \"\" ] ", "\"\\ud83d\\ude00\"", "{\"a\":{\"b\":[null,true]}}"};
    static const char *const bad[] = {
        "", " ", "01", "-", "1.", ".5", "1e", "+1", "[1,]", "[,1]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "\"", "\"\\", "\"\\x\"", "\"\\u12\"",
        "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\t\"", "tru", "nul", "[1", "{\"a\":", "1 2", "[1]]", "\"\xff\"", "\"\xc0\x80\"",
        "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "NaN", "Infinity", "'a'", "\"\\u00g0\"",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) holds(parsed(good[i]) != NULL, good[i], __LINE__);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) holds(parsed(bad[i]) == NULL, bad[i], __LINE__);
    EQUAL(lg_json_text(parsed("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20ac\\ud83d\\ude00é\""), ""), "\"\\/\b\f\n\r\té€😀é");
    const lg_json *twice = parsed("{\"a\":1,\"a\":2}");
    HOLDS(lg_json_number(lg_json_get(twice, "a"), 0) == 2 && twice->count == 2);
    HOLDS(!lg_json_get(parsed("{\"a\\u0000b\":1}"), "a") && !parsed("1e999") && parsed("1e308"));
    HOLDS(lg_json_number(lg_json_get(parsed("[1]"), "a"), 7) == 7 && lg_json_get(NULL, "a") == NULL);
    char deep[2 * LG_JSON_DEPTH_MAX + 3] = {0};
    memset(deep, '[', LG_JSON_DEPTH_MAX), memset(deep + LG_JSON_DEPTH_MAX, ']', LG_JSON_DEPTH_MAX);
    HOLDS(parsed(deep) != NULL);
    memset(deep, '[', LG_JSON_DEPTH_MAX + 1), memset(deep + LG_JSON_DEPTH_MAX + 1, ']', LG_JSON_DEPTH_MAX + 1);
    HOLDS(parsed(deep) == NULL);
    EQUAL(lg_quoted(NULL, "a\"\\\n\x01é"), "\"a\\\"\\\\\\u000a\\u0001é\"");
}

/* Documents with bytes changed at random: none may read beyond its end, which the sanitizers watch. */
static void test_damaged_json(void) {
    static const char document[] = "{\"a\":[1,-2.5e3,\"\\u00e9\\ud83d\\ude00é\",{\"b\":null,\"c\":[true,false]}],\"d\":\"\"}";
    static const char odd[] = "{}[]\",:\\u0e.-\x80\xe2\xff tn";
    srand(7);
    for (int round = 0; round < 200000; round++) {
        size_t length = (size_t)rand() % sizeof document;
        char *copy = malloc(length ? length : 1);
        memcpy(copy, document, length);
        for (int change = rand() % 4; change > 0 && length; change--) copy[(size_t)rand() % length] = odd[(size_t)rand() % (sizeof odd - 1)];
        lg_json_parse(copy, length);
        free(copy);
    }
    HOLDS(true);
}

int main(void) {
    contract_string_t about;
    exports_lockgate_plugin_about_describe(&about);
    EQUAL(lg_copied(about), "{\"name\":\"a\",\"version\":\"1.0.0\",\"summary\":\"says \\\"hi\\\"\",\"settings\":{},\"origins\":"
                            "[\"https://x.example\",\"https://y.example\"]}");
    test_calls();
    test_requests();
    test_decisions();
    test_json();
    test_damaged_json();
    double before = lg_now_ms();
    lg_sleep_ms(20);
    HOLDS(lg_now_ms() - before == 20);
    lg_log(NULL, LG_WARN, "slow %d", 7);
    EQUAL(last_line, "2 slow 7 0");
    printf("%u tests, %u failed\n", tests, failures);
    return failures > 0;
}
