/* Requests, answers and probes. What lockgate did not send, or could not, ends the call here, so that a gate never takes it for
 * a finding. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

lg_request lg_request_to(lg_context *ctx, const lg_revision *revision, const char *method, const char *path) {
    (void)ctx;
    return (lg_request){.method = method, .url = lg_format("%s%s", revision->url, path)};
}

lg_answer lg_send(lg_context *ctx, const lg_request *request) {
    lg_answer answer;
    lg_send_all(ctx, request, 1, &answer);
    return answer;
}

lg_answer lg_get(lg_context *ctx, const lg_revision *revision, const char *path) {
    lg_request request = lg_request_to(ctx, revision, "GET", path);
    return lg_send(ctx, &request);
}

static lg_answer response_of(const lockgate_plugin_http_response_t *response) {
    lg_pair *headers = lg_alloc(response->headers.len, sizeof *headers);
    for (size_t i = 0; i < response->headers.len; i++)
        headers[i] = (lg_pair){lg_copied(response->headers.ptr[i].f0), lg_copied(response->headers.ptr[i].f1)};
    return (lg_answer){
        .outcome = LG_ANSWERED,
        .ok = response->status >= 200 && response->status < 300,
        .status = response->status,
        .headers = headers,
        .header_count = response->headers.len,
        .body = response->body.len ? (const char *)response->body.ptr : "",
        .body_length = response->body.len,
        .elapsed_ms = response->elapsed_ms,
    };
}

static lg_answer not_sent(lg_context *ctx, const lg_request *request, const char *kind, contract_string_t text, const char *more) {
    lg_cannot_answer(ctx, "%s %s: %s: %s%s", request->method, request->url, kind, lg_copied(text), more);
    return (lg_answer){.outcome = LG_NOT_SENT, .body = "", .no_answer = "lockgate did not send the request"};
}

static lg_answer error_of(lg_context *ctx, const lg_request *request, const lockgate_plugin_http_error_t *error) {
    static const char unseen[] = "; this says nothing about the revision";
    lg_answer answer = {.body = ""};
    switch (error->tag) {
    case LOCKGATE_PLUGIN_HTTP_ERROR_TIMEOUT:
        answer.outcome = LG_TIMEOUT;
        answer.no_answer = lg_format("no response within %u ms", request->timeout_ms ? (unsigned)request->timeout_ms : 10000u);
        return answer;
    case LOCKGATE_PLUGIN_HTTP_ERROR_UNREACHABLE:
        answer.outcome = LG_UNREACHABLE;
        answer.no_answer = lg_copied(error->val.unreachable);
        return answer;
    case LOCKGATE_PLUGIN_HTTP_ERROR_TOO_LARGE:
        answer.outcome = LG_TOO_LARGE;
        answer.no_answer = lg_format("the response exceeded %u bytes", (unsigned)error->val.too_large);
        return answer;
    case LOCKGATE_PLUGIN_HTTP_ERROR_DENIED:
        return not_sent(ctx, request, "denied", error->val.denied, "");
    case LOCKGATE_PLUGIN_HTTP_ERROR_INVALID:
        return not_sent(ctx, request, "invalid", error->val.invalid, "");
    case LOCKGATE_PLUGIN_HTTP_ERROR_BUDGET:
        return not_sent(ctx, request, "budget", error->val.budget, "");
    case LOCKGATE_PLUGIN_HTTP_ERROR_UNRESOLVED:
        return not_sent(ctx, request, "unresolved", error->val.unresolved, unseen);
    default:
        return not_sent(ctx, request, "untrusted", error->val.untrusted, unseen);
    }
}

static lockgate_plugin_http_request_t sent(const lg_request *request) {
    lockgate_plugin_http_pair_t *headers = lg_alloc(request->header_count, sizeof *headers);
    for (size_t i = 0; i < request->header_count; i++) {
        headers[i].f0 = lg_borrowed(request->headers[i].name);
        headers[i].f1 = lg_borrowed(request->headers[i].value);
    }
    return (lockgate_plugin_http_request_t){
        .method = lg_borrowed(request->method),
        .url = lg_borrowed(request->url),
        .headers = {headers, request->header_count},
        .body = {request->body != NULL, {(uint8_t *)(uintptr_t)request->body, request->body_length}},
        .timeout_ms = {request->timeout_ms > 0, request->timeout_ms},
    };
}

void lg_send_all(lg_context *ctx, const lg_request *requests, size_t count, lg_answer *answers) {
    lockgate_plugin_http_list_request_t list = {lg_alloc(count, sizeof *list.ptr), count};
    for (size_t i = 0; i < count; i++) list.ptr[i] = sent(&requests[i]);
    lockgate_plugin_http_list_result_response_error_t results = {NULL, 0};
    /* A call that cannot be answered sends nothing more. */
    if (!ctx->private->failure) lockgate_plugin_http_send_all(&list, &results);
    if (results.len != count) lg_cannot_answer(ctx, "lockgate gave %zu answers to %zu requests", results.len, count);
    for (size_t i = 0; i < count; i++) {
        if (i >= results.len)
            answers[i] = (lg_answer){.outcome = LG_NOT_SENT, .body = "", .no_answer = "lockgate did not send the request"};
        else if (results.ptr[i].is_err)
            answers[i] = error_of(ctx, &requests[i], &results.ptr[i].val.err);
        else
            answers[i] = response_of(&results.ptr[i].val.ok);
    }
}

const char *lg_header(const lg_answer *answer, const char *name) {
    for (size_t i = 0; i < answer->header_count; i++)
        if (strcmp(answer->headers[i].name, name) == 0) return answer->headers[i].value;
    return NULL;
}

const char *lg_answer_text(lg_context *ctx, const lg_answer *answer) {
    (void)ctx;
    return lg_copied((contract_string_t){(uint8_t *)(uintptr_t)answer->body, answer->body_length});
}

const lg_json *lg_answer_json(lg_context *ctx, const lg_answer *answer) {
    (void)ctx;
    return lg_json_parse(answer->body, answer->body_length);
}

static int ascending(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

double lg_percentile(const double *sorted, size_t count, double percent) {
    if (count == 0) return 0;
    double rank = ceil((double)count * percent / 100);
    if (!(rank >= 1)) rank = 1;
    return sorted[rank < (double)count ? (size_t)rank - 1 : count - 1];
}

lg_probe lg_probe_within(lg_context *ctx, const lg_revision *revision, const char *path, unsigned count, uint32_t timeout_ms) {
    if (count == 0) lg_cannot_answer(ctx, "a probe sends at least one request");
    lg_request *requests = lg_alloc(count, sizeof *requests);
    lg_answer *answers = lg_alloc(count, sizeof *answers);
    double *times = lg_alloc(count, sizeof *times);
    for (unsigned i = 0; i < count; i++) {
        requests[i] = lg_request_to(ctx, revision, "GET", path);
        requests[i].timeout_ms = timeout_ms;
    }
    lg_send_all(ctx, requests, count, answers);
    lg_probe probe = {.requests = count, .problem = ""};
    size_t responses = 0;
    for (unsigned i = 0; i < count; i++) {
        const char *problem = "";
        if (answers[i].no_answer) {
            probe.silent++;
            problem = lg_format("GET %s had no answer: %s", path, answers[i].no_answer);
        } else {
            times[responses++] = answers[i].elapsed_ms;
            if (!answers[i].ok) {
                probe.failed++;
                problem = lg_format("GET %s answered %d", path, answers[i].status);
            }
        }
        if (!*probe.problem) probe.problem = problem;
    }
    qsort(times, responses, sizeof *times, ascending);
    probe.p50 = lg_percentile(times, responses, 50);
    probe.p95 = lg_percentile(times, responses, 95);
    probe.slowest = lg_percentile(times, responses, 100);
    return probe;
}

lg_probe lg_probe_path(lg_context *ctx, const lg_revision *revision, const char *path, unsigned count) {
    return lg_probe_within(ctx, revision, path, count, LG_PROBE_TIMEOUT_MS);
}
