package gate

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

type settings struct {
	MaxRatio float64 `json:"max-ratio"`
}

type state struct {
	Seen int `json:"seen"`
}

func given(settings, state string) call {
	return call{
		id: "run-1", app: "shop", settings: settings, state: []byte(state), facts: map[string]string{"commit": "abc"},
		stable: Revision{"shop--stable", "https://stable.example", ""}, canary: Revision{"shop--canary", "https://canary.example", ""},
		stage: Stage{Total: 4, NextWeight: 10, Asked: 1, NowS: 60},
	}
}

func checked(given call, check func(*Context[settings]) Report) (Report, string, string) {
	Register(Gate[settings]{Name: "a", Version: "1.0.0", Summary: `says "hi"`, Schema: `{"type":"object"}`, Check: check})
	report, state, failure := registered.check(given)
	return report, string(state), failure
}

func respond(t *testing.T, answer func(i int, request Request) outcome) {
	before := lockgate
	t.Cleanup(func() { lockgate = before })
	lockgate.sendAll = func(requests []Request) []outcome {
		var outcomes []outcome
		for i, request := range requests {
			outcomes = append(outcomes, answer(i, request))
		}
		return outcomes
	}
}

func equal(t *testing.T, got, wanted any) {
	t.Helper()
	if !reflect.DeepEqual(got, wanted) {
		t.Errorf("got %v, wanted %v", got, wanted)
	}
}

func TestDescriptionIsOneJSONObject(t *testing.T) {
	checked(given("{}", ""), nil)
	var about map[string]any
	if err := json.Unmarshal([]byte(registered.describe()), &about); err != nil {
		t.Fatal(err)
	}
	equal(t, about, map[string]any{
		"name": "a", "version": "1.0.0", "summary": `says "hi"`, "settings": map[string]any{"type": "object"}, "origins": []any{},
	})
}

func TestGateGetsTheCallAndItsSettings(t *testing.T) {
	report, _, failure := checked(given(`{"max-ratio":1.5,"other":1}`, ""), func(ctx *Context[settings]) Report {
		equal(t, []any{ctx.ID, ctx.App, ctx.Stage.NextWeight, ctx.Facts["commit"]}, []any{"run-1", "shop", uint32(10), "abc"})
		return Healthy(fmt.Sprint(ctx.Settings.MaxRatio), Measurement{"n", "canary", 1, ""})
	})
	equal(t, failure, "")
	equal(t, report, Report{IsHealthy, "1.5", []Measurement{{"n", "canary", 1, ""}}, true})
	_, _, failure = checked(given(`{"max-ratio":"1"}`, ""), nil)
	if !strings.HasPrefix(failure, "the gate has no Check") {
		t.Error(failure)
	}
	_, _, failure = checked(given(`{"max-ratio":"1"}`, ""), func(*Context[settings]) Report { return Healthy("") })
	if !strings.HasPrefix(failure, "the settings are not what the gate reads: ") {
		t.Error(failure)
	}
}

func TestStateGoesFromCallToCallAndStaysWithoutRemember(t *testing.T) {
	counts := func(ctx *Context[settings]) Report {
		var seen state
		ctx.State(&seen)
		seen.Seen++
		ctx.Remember(seen)
		return Unknown("counting")
	}
	_, first, _ := checked(given("{}", ""), counts)
	_, second, _ := checked(given("{}", first), counts)
	equal(t, second, `{"seen":2}`)
	_, third, _ := checked(given("{}", second), func(*Context[settings]) Report { return Unhealthy("no") })
	equal(t, third, second)
	for state, said := range map[string]string{`{"seen":`: "the state is not JSON: ", `{"seen":"x"}`: "the state is of another shape: "} {
		if _, _, failure := checked(given("{}", state), counts); !strings.HasPrefix(failure, said) {
			t.Error(failure)
		}
	}
}

func TestWhatLockgateDidNotSendEndsTheCall(t *testing.T) {
	unseen := "; this says nothing about the revision"
	for kind, more := range map[string]string{"denied": "", "invalid": "", "budget": "", "unresolved": unseen, "untrusted": unseen} {
		respond(t, func(int, Request) outcome { return outcome{kind: kind, text: "why"} })
		_, _, failure := checked(given("{}", ""), func(ctx *Context[settings]) Report {
			ctx.Canary.Get("/a")
			return Healthy("never")
		})
		equal(t, failure, fmt.Sprintf("GET https://canary.example/a: %s: why%s", kind, more))
	}
}

func TestNoResponseIsAnAnswerThatIsNotOK(t *testing.T) {
	for kind, text := range map[string]string{
		"timeout": "no response within 250 ms", "unreachable": "10", "too-large": "the response exceeded 10 bytes",
	} {
		respond(t, func(int, Request) outcome { return outcome{kind: kind, text: "10"} })
		answer := Send(Request{Method: "GET", URL: "https://canary.example/a", TimeoutMs: 250})
		equal(t, []any{answer.Status, answer.OK(), *answer.NoAnswer}, []any{0, false, NoAnswer{kind, text}})
	}
}

func TestRequestAndAnswerHaveWhatWasWritten(t *testing.T) {
	respond(t, func(_ int, request Request) outcome {
		return outcome{answer: Answer{Status: 201, Headers: request.Headers, Body: append(request.Body, 0xff), ElapsedMs: 4.5}}
	})
	request := Revision{URL: "https://canary.example"}.Request("POST", "/x")
	request.Headers, request.Body = []Header{{"x-a", "1"}}, []byte("{}")
	answer := Send(request)
	equal(t, []any{request.URL, answer.OK(), answer.Header("x-a"), answer.Header("x-b")}, []any{"https://canary.example/x", true, "1", ""})
	equal(t, answer.Text(), "{}\ufffd")
	if answer.JSON(&map[string]any{}) == nil {
		t.Error("what is no JSON is read")
	}
}

func TestProbeCountsAndRanks(t *testing.T) {
	respond(t, func(i int, _ Request) outcome {
		return []outcome{
			{answer: Answer{Status: 200, ElapsedMs: 30}}, {answer: Answer{Status: 503, ElapsedMs: 20}},
			{answer: Answer{Status: 200, ElapsedMs: 10}}, {kind: "timeout"},
		}[i]
	})
	probe := Revision{URL: "https://canary.example"}.Probe("/health", 4)
	equal(t, probe, Probe{4, 1, 1, 20, 30, 30, "GET /health answered 503"})
	equal(t, probe.Measurements("canary")[3], Measurement{"p95", "canary", 30, "ms"})
	respond(t, func(int, Request) outcome { return outcome{kind: "timeout"} })
	silent := Revision{}.Probe("/health", 2)
	equal(t, silent, Probe{2, 0, 2, 0, 0, 0, "GET /health had no answer: no response within 2000 ms"})
}

func TestProbeOfNothingIsNoEvidence(t *testing.T) {
	_, _, failure := checked(given("{}", ""), func(ctx *Context[settings]) Report {
		ctx.Canary.Probe("/health", 0)
		return Healthy("never")
	})
	equal(t, failure, "a probe sends at least one request")
}

func TestPanicArrivesWithMessageAndPlaceAndItsStackIsLogged(t *testing.T) {
	before := lockgate
	t.Cleanup(func() { lockgate = before })
	var lines []string
	lockgate.write = func(level Level, message string, _ []string) { lines = append(lines, fmt.Sprint(level, message)) }
	_, _, failure := checked(given("{}", ""), func(ctx *Context[settings]) Report {
		return Healthy(fmt.Sprint([]int{}[len(ctx.Facts)]))
	})
	if !regexp.MustCompile(`^panic: runtime error: index out of range \[1\] with length 0 \(gate_test\.go:\d+\)$`).MatchString(failure) {
		t.Error(failure)
	}
	if !strings.Contains(strings.Join(lines, "\n"), "gate_test.go") {
		t.Error(lines)
	}
}

func TestForgottenReportIsNoVerdict(t *testing.T) {
	_, _, failure := checked(given("{}", ""), func(*Context[settings]) Report { return Report{} })
	equal(t, failure, "Check returned the zero Report; return Healthy, Unhealthy or Unknown")
}

func TestDecisionsArriveAsTheyWereMade(t *testing.T) {
	for _, made := range []Decision{Promote("x"), Hold("x").AskAgain(5), RollBack("x")} {
		Register(Gate[settings]{Schema: "{}", Decide: func(*Context[settings], []NamedReport) Decision { return made }})
		decision, state, failure := registered.decide(given("{}", "1"), nil)
		equal(t, []any{decision, string(state), failure}, []any{made, "1", ""})
	}
	Register(Gate[settings]{Schema: "{}", Decide: func(*Context[settings], []NamedReport) Decision { return Decision{} }})
	if _, _, failure := registered.decide(given("{}", ""), nil); failure == "" {
		t.Error("the zero Decision is an answer")
	}
}

func TestCountsAreThePlatforms(t *testing.T) {
	Register(Gate[settings]{Schema: "{}", Check: func(*Context[settings]) Report { return Healthy(fmt.Sprint(Slices(1))) }})
	_, _, failure := registered.check(given("{}", ""))
	equal(t, failure, "no request counts: there is no lockgate here")
}

func TestPercentileIsByNearestRank(t *testing.T) {
	numbers := []float64{1, 2, 3, 4}
	equal(t, []float64{Percentile(numbers, 50), Percentile(numbers, 95), Percentile(numbers, 0), Percentile(nil, 50)}, []float64{2, 4, 1, 0})
}
