<% if health_check %>
// <$ name $> probes both revisions and compares them: what fails, and how long the answers take.
<% else %>
// <$ name $> waits for healthy rounds in a row.
<% endif %>
package main

import (
	_ "embed"
	"fmt"

	"lockgate.dev/gate"
)

//go:embed settings.schema.json
var schema string

// Settings are the operator's, which lockgate has checked against the schema and completed.
type Settings struct {
<% if kind == "both" %>
	Path         string  `json:"path"`
	Requests     int     `json:"requests"`
	MaxRatio     float64 `json:"max-ratio"`
	AllowanceMs  float64 `json:"allowance-ms"`
	SlowCalls    int     `json:"slow-calls"`
	HealthyCalls int     `json:"healthy-calls"`
<% elif health_check %>
	Path        string  `json:"path"`
	Requests    int     `json:"requests"`
	MaxRatio    float64 `json:"max-ratio"`
	AllowanceMs float64 `json:"allowance-ms"`
	SlowCalls   int     `json:"slow-calls"`
<% else %>
	HealthyCalls int `json:"healthy-calls"`
<% endif %>
}

func init() {
	gate.Register(gate.Gate[Settings]{
		Name:    "<$ name $>",
		Version: "0.1.0",
		Summary: "<$ "Probes both revisions and compares them." if health_check else "Waits for healthy rounds in a row." $>",
		Schema:  schema,
<% if health_check %>
		Check:   check,
<% endif %>
<% if promotion_gate %>
		Decide:  decide,
<% endif %>
	})
}
<% if health_check %>

// Slowness is what the health check remembers from call to call of one rollout.
type Slowness struct {
	Calls int `json:"slow-calls"`
}

func check(ctx *gate.Context[Settings]) gate.Report {
	var slowness Slowness
	ctx.State(&slowness)
	settings := ctx.Settings
	canary := ctx.Canary.Probe(settings.Path, settings.Requests)
	stable := ctx.Stable.Probe(settings.Path, settings.Requests)
	measured := append(canary.Measurements("canary"), stable.Measurements("stable")...)

	bad, stableBad := canary.Failed+canary.Silent, stable.Failed+stable.Silent
	failed := fmt.Sprintf("%d of %d requests to the canary failed", bad, settings.Requests)
	if bad > stableBad {
		return gate.Unhealthy(fmt.Sprintf("%s, %d to stable: %s", failed, stableBad, canary.Problem), measured...)
	}
	if bad > 0 {
		return gate.Unknown(failed+", and as many or more to stable", measured...)
	}

	limit := stable.P95*settings.MaxRatio + settings.AllowanceMs
	slowness.Calls++
	if canary.P95 <= limit || stable.Silent == settings.Requests {
		slowness.Calls = 0
	}
	ctx.Remember(slowness)
	slow := fmt.Sprintf("p95 of the canary is %.0f ms, at most %.0f ms were expected", canary.P95, limit)
	if slowness.Calls >= settings.SlowCalls {
		return gate.Unhealthy(fmt.Sprintf("%s, %d calls in a row", slow, slowness.Calls), measured...)
	}
	if slowness.Calls > 0 {
		return gate.Unknown(fmt.Sprintf("%s: %d of %d calls", slow, slowness.Calls, settings.SlowCalls), measured...)
	}
	beside := fmt.Sprintf("p95 %.0f ms beside %.0f ms of stable", canary.P95, stable.P95)
	return gate.Healthy(fmt.Sprintf("%d requests answered, %s", settings.Requests, beside), measured...)
}
<% endif %>
<% if promotion_gate %>

// Rounds is what the promotion gate remembers from call to call of one rollout.
type Rounds struct {
	Healthy int `json:"healthy-calls"`
}

func decide(ctx *gate.Context[Settings], reports []gate.NamedReport) gate.Decision {
	var rounds Rounds
	ctx.State(&rounds)
	for _, named := range reports {
		if named.Report.Health != gate.IsHealthy {
			ctx.Remember(Rounds{})
			return gate.Hold(fmt.Sprintf("%s is not healthy: %s", named.Gate, named.Report.Summary))
		}
	}
	if len(reports) == 0 {
		return gate.Hold("no health check has reported yet")
	}
	rounds.Healthy++
	if needed := ctx.Settings.HealthyCalls; rounds.Healthy < needed {
		ctx.Remember(rounds)
		return gate.Hold(fmt.Sprintf("all health checks were healthy %d of %d times", rounds.Healthy, needed)).AskAgain(10_000)
	}
	ctx.Remember(Rounds{})
	return gate.Promote(fmt.Sprintf("all health checks were healthy %d times in a row", rounds.Healthy))
}
<% endif %>

func main() {}
