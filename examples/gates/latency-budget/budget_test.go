package main

import (
	"strings"
	"testing"

	"lockgate.dev/gate"
)

func latency(bad int, times ...float64) Latency { return Latency{times, bad, "GET / answered 500"} }

func settings() Settings {
	return Settings{Requests: 5, MinAnswers: 3, MaxGrowth: 1.5, NoiseMs: 10}
}

func wants(t *testing.T, finding *Finding, isOfCanary bool, said string) {
	t.Helper()
	if finding == nil || finding.IsOfCanary != isOfCanary || !strings.Contains(finding.Text, said) {
		t.Errorf("got %+v, wanted %q of the canary: %v", finding, said, isOfCanary)
	}
}

func TestFailuresCountAgainstTheCanaryOnlyWhereStableHasFewer(t *testing.T) {
	four := []float64{1, 2, 3, 4}
	wants(t, failures(settings(), latency(1, four...), latency(0, four...)), true, "1 of 5 requests to the canary failed, 0 to stable: GET / answered 500")
	wants(t, failures(settings(), latency(1, four...), latency(1, four...)), false, "as many or more to stable")
	lenient := settings()
	lenient.MaxFailed = 1
	if finding := failures(lenient, latency(1, four...), latency(0, four...)); finding != nil {
		t.Error(finding)
	}
	lenient.MaxFailed = 5
	wants(t, failures(lenient, latency(3, 1, 2), latency(0, four...)), false, "the canary gave 2 answers, 3 are needed")
	wants(t, failures(lenient, latency(0, four...), latency(5)), false, "stable gave 0 answers, 3 are needed")
}

func TestBudgetIsExceededByTheCanaryAlone(t *testing.T) {
	bounded := settings()
	bounded.P95Ms = 50
	quick, slow := latency(0, 10, 20, 50), latency(0, 10, 20, 51)
	if finding := budgets(bounded, quick, slow); finding != nil {
		t.Error(finding)
	}
	wants(t, budgets(bounded, slow, quick), true, "p95 is 51 ms, at most 50 ms are allowed, stable's is 50 ms")
	wants(t, budgets(bounded, slow, slow), false, "p95 is 51 ms")
	bounded.P50Ms = 15
	wants(t, budgets(bounded, slow, quick), true, "p95 is 51 ms")
}

func TestGrowthIsMeasuredFromTheFirstWeight(t *testing.T) {
	stages := []Stage{{0, 40, 40}, {10, 50, 41}}
	if finding := growth(settings(), stages, Stage{25, 60, 40}); finding != nil {
		t.Error(finding)
	}
	wants(t, growth(settings(), stages, Stage{25, 64, 42}), true,
		"p95 64 ms, 50 ms at 10 %, 40 ms at 0 %: more than 1.5 times its first, stable's went from 40 ms to 42 ms")
	wants(t, growth(settings(), stages, Stage{25, 61, 70}), false, "and stable's grew alike, from 40 ms to 70 ms")
	if finding := growth(settings(), []Stage{{0, 4, 4}}, Stage{10, 13, 4}); finding != nil {
		t.Error("what is within the noise counts", finding)
	}
	if finding := growth(settings(), stages[:1], Stage{0, 400, 40}); finding != nil {
		t.Error("a weight is compared with itself", finding)
	}
}

func TestGrowthOfStableExcusesAsMuchAndNoMore(t *testing.T) {
	for _, test := range []struct {
		first, now Stage
		isOfCanary bool
	}{
		{Stage{0, 40, 40}, Stage{10, 400, 80}, true},    // stable doubled, the canary takes ten times as long
		{Stage{0, 80, 40}, Stage{10, 170, 80}, false},   // both doubled
		{Stage{0, 40, 200}, Stage{10, 130, 290}, false}, // both wait 90 ms longer for the same database
		{Stage{0, 100, 1}, Stage{10, 400, 10}, true},    // ten times 1 ms is noise
		{Stage{0, 40, 40}, Stage{10, 90, 20}, true},     // stable became quicker
		{Stage{0, 40, 0}, Stage{10, 400, 60}, true},
	} {
		wants(t, growth(settings(), []Stage{test.first}, test.now), test.isOfCanary, "more than 1.5 times")
	}
}

func TestFindingOfTheCanaryOutweighsOneOfBoth(t *testing.T) {
	canary, both := &Finding{true, "canary"}, &Finding{false, "both"}
	for _, test := range [][3]*Finding{{nil, nil, nil}, {both, nil, both}, {nil, both, both}, {both, canary, canary}, {canary, both, canary}} {
		if got := worse(test[0], test[1]); got != test[2] {
			t.Error(test, got)
		}
	}
}

func TestTrendNamesTheLastWeightsAndTheFirst(t *testing.T) {
	stages := []Stage{{0, 40, 1}, {5, 45, 1}, {10, 50, 1}, {25, 55, 1}, {50, 60, 1}}
	if trend := trendOf(stages, Stage{50, 61, 1}); trend != "p95 61 ms, 55 ms at 25 %, 50 ms at 10 %, 40 ms at 0 %" {
		t.Error(trend)
	}
	if trend := trendOf(stages[:1], Stage{10, 61, 1}); trend != "p95 61 ms, 40 ms at 0 %" {
		t.Error(trend)
	}
	if trend := trendOf(nil, Stage{0, 7, 1}); trend != "p95 7 ms" {
		t.Error(trend)
	}
}

func TestStagesAreBoundedAndTheFirstStays(t *testing.T) {
	var stages []Stage
	for weight := range uint32(100) {
		stages = with(stages, Stage{weight, float64(weight), 1})
		stages = with(stages, Stage{weight, float64(weight) + 0.5, 1})
	}
	if len(stages) != stagesMax || stages[0].Weight != 0 || stages[len(stages)-1] != (Stage{99, 99.5, 1}) {
		t.Error(stages)
	}
}

func TestErrorIsNoQuickAnswer(t *testing.T) {
	var latency Latency
	latency.add("/", gate.Answer{Status: 500, ElapsedMs: 1})
	latency.add("/", gate.Answer{Status: 200, ElapsedMs: 9})
	latency.add("/", gate.Answer{NoAnswer: &gate.NoAnswer{Kind: "timeout", Text: "no response within 10 ms"}})
	if latency.Bad != 2 || len(latency.Times) != 1 || latency.Problem != "GET / answered 500" {
		t.Error(latency)
	}
}
