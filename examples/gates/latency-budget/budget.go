package main

import (
	"fmt"
	"slices"
	"strings"

	"lockgate.dev/gate"
)

// The most stages that are remembered: far more than a rollout has, and far less than a state may hold.
const stagesMax = 32

// Latency is what the answers of one revision took, in milliseconds and ascending, and how many requests failed.
type Latency struct {
	Times   []float64
	Bad     int
	Problem string
}

func (latency *Latency) add(path string, answer gate.Answer) {
	problem := ""
	switch {
	case answer.NoAnswer != nil:
		problem = fmt.Sprintf("GET %s had no answer: %s", path, answer.NoAnswer.Text)
	case !answer.OK():
		problem = fmt.Sprintf("GET %s answered %d", path, answer.Status)
	default:
		// An error is often quicker than an answer: only answers count.
		latency.Times = append(latency.Times, answer.ElapsedMs)
		return
	}
	latency.Bad++
	if latency.Problem == "" {
		latency.Problem = problem
	}
}

func (latency Latency) percentile(percent float64) float64 {
	return gate.Percentile(latency.Times, percent)
}

func (latency Latency) measurements(subject string) []gate.Measurement {
	measured := []gate.Measurement{{Name: "failed", Subject: subject, Value: float64(latency.Bad), Unit: "requests"}}
	for _, percent := range []float64{50, 95, 99} {
		name := fmt.Sprintf("p%.0f", percent)
		measured = append(measured, gate.Measurement{Name: name, Subject: subject, Value: latency.percentile(percent), Unit: "ms"})
	}
	return measured
}

// Finding is a reason not to be healthy.
type Finding struct {
	// IsOfCanary is false where the stable revision is no better: there is nothing to compare with, and no verdict.
	IsOfCanary bool
	Text       string
}

func (finding Finding) report(measured []gate.Measurement) gate.Report {
	if finding.IsOfCanary {
		return gate.Unhealthy(finding.Text, measured...)
	}
	return gate.Unknown(finding.Text, measured...)
}

func failures(settings Settings, canary, stable Latency) *Finding {
	failed := fmt.Sprintf("%d of %d requests to the canary failed", canary.Bad, settings.Requests)
	switch {
	case canary.Bad > settings.MaxFailed && canary.Bad > stable.Bad:
		return &Finding{true, fmt.Sprintf("%s, %d to stable: %s", failed, stable.Bad, canary.Problem)}
	case canary.Bad > settings.MaxFailed:
		return &Finding{false, failed + ", and as many or more to stable"}
	}
	return tooFew(settings, "the canary", canary, tooFew(settings, "stable", stable, nil))
}

// tooFew returns that a revision gave too few answers, or the other finding.
func tooFew(settings Settings, revision string, latency Latency, other *Finding) *Finding {
	if answers := len(latency.Times); answers < settings.MinAnswers {
		return &Finding{false, fmt.Sprintf("%s gave %d answers, %d are needed for a verdict", revision, answers, settings.MinAnswers)}
	}
	return other
}

func budgets(settings Settings, canary, stable Latency) *Finding {
	var over, alike []string
	for _, budget := range []struct{ percent, ms float64 }{{50, settings.P50Ms}, {95, settings.P95Ms}, {99, settings.P99Ms}} {
		took, beside := canary.percentile(budget.percent), stable.percentile(budget.percent)
		if budget.ms == 0 || took <= budget.ms {
			continue
		}
		said := fmt.Sprintf("p%.0f is %.0f ms, at most %.0f ms are allowed, stable's is %.0f ms", budget.percent, took, budget.ms, beside)
		if beside <= budget.ms {
			over = append(over, said)
		} else {
			alike = append(alike, said)
		}
	}
	switch {
	case len(over) > 0:
		return &Finding{true, strings.Join(over, "; ")}
	case len(alike) > 0:
		return &Finding{false, strings.Join(alike, "; ")}
	}
	return nil
}

// Stage is what was measured at one weight: the 95th percentiles in milliseconds.
type Stage struct {
	Weight uint32  `json:"weight"`
	Canary float64 `json:"canary"`
	Stable float64 `json:"stable"`
}

// growth compares with the first weight of this rollout. What stable grew by is no fault of the canary.
func growth(settings Settings, stages []Stage, now Stage) *Finding {
	if len(stages) == 0 || stages[0].Weight == now.Weight {
		return nil
	}
	first := stages[0]
	grew := func(from float64) bool {
		return now.Canary > from*settings.MaxGrowth && now.Canary > from+settings.NoiseMs
	}
	if !grew(first.Canary) {
		return nil
	}
	said := fmt.Sprintf("%s: more than %g times its first", trendOf(stages, now), settings.MaxGrowth)
	beside := fmt.Sprintf("from %.0f ms to %.0f ms", first.Stable, now.Stable)
	if grew(asStableGrew(first, now, settings.NoiseMs)) {
		return &Finding{true, fmt.Sprintf("%s, stable's went %s", said, beside)}
	}
	return &Finding{false, fmt.Sprintf("%s, and stable's grew alike, %s", said, beside)}
}

// asStableGrew is what the canary would take had it grown as stable did: by as many milliseconds, or as many times where
// stable's growth is more than noise.
func asStableGrew(first, now Stage, noiseMs float64) float64 {
	added := max(now.Stable-first.Stable, 0)
	if added > noiseMs && first.Stable > 0 {
		return max(first.Canary+added, first.Canary*now.Stable/first.Stable)
	}
	return first.Canary + added
}

// worse returns the finding that is of the canary, else the first of the two.
func worse(budget, growth *Finding) *Finding {
	if budget == nil || growth != nil && growth.IsOfCanary && !budget.IsOfCanary {
		return growth
	}
	return budget
}

// trendOf names p95 now and at the weights before, the latest first: the last two of them and the first of all.
func trendOf(stages []Stage, now Stage) string {
	said := fmt.Sprintf("p95 %.0f ms", now.Canary)
	before := slices.DeleteFunc(slices.Clone(stages), func(stage Stage) bool { return stage.Weight == now.Weight })
	for i, stage := range slices.Backward(before) {
		if i == 0 || i >= len(before)-2 {
			said += fmt.Sprintf(", %.0f ms at %d %%", stage.Canary, stage.Weight)
		}
	}
	return said
}

// with adds what was measured, in the place of what was measured before at the same weight: the last call at a weight is the
// one that passed. The first weight stays, so that a slow decline is compared with the beginning.
func with(stages []Stage, now Stage) []Stage {
	if last := len(stages) - 1; last >= 0 && stages[last].Weight == now.Weight {
		return append(slices.Clone(stages[:last]), now)
	}
	if len(stages) == stagesMax {
		return append(slices.Delete(slices.Clone(stages), 1, 2), now)
	}
	return append(slices.Clone(stages), now)
}
