// latency-budget is a health check on how long the answers take: percentiles of the canary against budgets, beside those of the
// stable revision at the same time, and their trend over the stages of the rollout.
package main

import (
	_ "embed"
	"fmt"
	"slices"

	"lockgate.dev/gate"
)

//go:embed settings.schema.json
var schema string

// Settings are the operator's, which lockgate has checked against the schema and completed. A budget that is not set is 0.
type Settings struct {
	Path       string  `json:"path"`
	Requests   int     `json:"requests"`
	WarmUp     int     `json:"warm-up"`
	P50Ms      float64 `json:"p50-ms"`
	P95Ms      float64 `json:"p95-ms"`
	P99Ms      float64 `json:"p99-ms"`
	MaxGrowth  float64 `json:"max-growth"`
	NoiseMs    float64 `json:"noise-ms"`
	MaxFailed  int     `json:"max-failed"`
	MinAnswers int     `json:"min-answers"`
	TimeoutMs  uint32  `json:"timeout-ms"`
}

func init() {
	gate.Register(gate.Gate[Settings]{
		Name:    "latency-budget",
		Version: "0.1.0",
		Summary: "Bounds percentiles of the canary's latency, and follows them over the stages.",
		Schema:  schema,
		Check:   check,
	})
}

func check(ctx *gate.Context[Settings]) gate.Report {
	var stages []Stage
	ctx.State(&stages)
	settings := ctx.Settings
	if settings.MinAnswers > settings.Requests {
		gate.CannotAnswer("min-answers is %d, and only %d requests are measured", settings.MinAnswers, settings.Requests)
	}
	measure(ctx, settings.WarmUp)
	canary, stable := measure(ctx, settings.Requests)
	measured := append(canary.measurements("canary"), stable.measurements("stable")...)

	if finding := failures(settings, canary, stable); finding != nil {
		return finding.report(measured)
	}
	now := Stage{ctx.Stage.Weight, canary.percentile(95), stable.percentile(95)}
	ctx.Remember(with(stages, now))
	if finding := worse(budgets(settings, canary, stable), growth(settings, stages, now)); finding != nil {
		return finding.report(measured)
	}
	p50, p99, answers := canary.percentile(50), canary.percentile(99), len(canary.Times)
	return gate.Healthy(fmt.Sprintf("%s; p50 %.0f ms, p99 %.0f ms over %d answers", trendOf(stages, now), p50, p99, answers), measured...)
}

// measure sends the requests to both revisions in turns, so that both meet the same network.
func measure(ctx *gate.Context[Settings], count int) (canary, stable Latency) {
	requests := make([]gate.Request, 0, 2*count)
	for range count {
		for _, revision := range []gate.Revision{ctx.Canary, ctx.Stable} {
			request := revision.Request("GET", ctx.Settings.Path)
			request.TimeoutMs = ctx.Settings.TimeoutMs
			requests = append(requests, request)
		}
	}
	for i, answer := range gate.SendAll(requests) {
		to := &canary
		if i%2 == 1 {
			to = &stable
		}
		to.add(ctx.Settings.Path, answer)
	}
	slices.Sort(canary.Times)
	slices.Sort(stable.Times)
	return canary, stable
}

func main() {}
