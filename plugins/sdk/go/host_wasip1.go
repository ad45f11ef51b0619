package gate

import (
	"strconv"

	about "lockgate.dev/gate/bindings/export_lockgate_plugin_about"
	checking "lockgate.dev/gate/bindings/export_lockgate_plugin_health_checking"
	promotion "lockgate.dev/gate/bindings/export_lockgate_plugin_promotion"
	_ "lockgate.dev/gate/bindings/exports"
	"lockgate.dev/gate/bindings/lockgate_plugin_clock"
	"lockgate.dev/gate/bindings/lockgate_plugin_http"
	"lockgate.dev/gate/bindings/lockgate_plugin_log"
	"lockgate.dev/gate/bindings/lockgate_plugin_traffic"
	types "lockgate.dev/gate/bindings/lockgate_plugin_types"
	wit "lockgate.dev/gate/bindings/wit/types"
)

// The imports and exports of the contract, on the generated bindings.

var lockgate = host{
	sendAll: sendAll,
	slices:  trafficSlices,
	nowMs:   lockgate_plugin_clock.NowMs,
	sleepMs: lockgate_plugin_clock.SleepMs,
	write: func(level Level, message string, fields []string) {
		pairs := []types.Pair{}
		for i := 0; i+1 < len(fields); i += 2 {
			pairs = append(pairs, types.Pair{F0: fields[i], F1: fields[i+1]})
		}
		lockgate_plugin_log.Write(lockgate_plugin_log.Level(level), message, pairs)
	},
}

func init() {
	about.Describe = func() string {
		if registered.describe == nil {
			return `{"error": "no gate is registered: call gate.Register in init"}`
		}
		return registered.describe()
	}
	checking.Check = func(context types.Context) wit.Result[types.HealthReport, string] {
		report, state, failure := registered.check(callOf(context))
		if failure != "" {
			return wit.Err[types.HealthReport, string](failure)
		}
		return wit.Ok[types.HealthReport, string](types.HealthReport{
			Health: types.Health(report.Health), Summary: report.Summary, Measurements: measured(report.Measurements), State: state,
		})
	}
	promotion.Decide = func(context types.Context, reports []types.NamedReport) wit.Result[types.Answer, string] {
		decision, state, failure := registered.decide(callOf(context), reported(reports))
		if failure != "" {
			return wit.Err[types.Answer, string](failure)
		}
		again := wit.None[uint32]()
		if decision.askAgainMs > 0 {
			again = wit.Some(decision.askAgainMs)
		}
		return wit.Ok[types.Answer, string](types.Answer{
			Decision: types.Decision(decision.decision), Reason: decision.reason, AskAgainMs: again,
			Measurements: measured(decision.measurements), State: state,
		})
	}
}

func callOf(context types.Context) call {
	revision := func(given types.Revision) Revision { return Revision{given.Name, given.Url, given.Image} }
	facts := map[string]string{}
	for _, fact := range context.Facts {
		facts[fact.F0] = fact.F1
	}
	stage, rollout := context.Stage, context.Rollout
	return call{
		id: rollout.Id, app: rollout.App, stable: revision(rollout.Stable), canary: revision(rollout.Canary),
		stage: Stage{
			stage.Index, stage.Total, stage.Weight, stage.NextWeight, stage.Asked, stage.WeightSinceS, stage.NowS,
		},
		settings: context.Settings, facts: facts, state: context.State,
	}
}

func measured(measurements []Measurement) []types.Measurement {
	made := make([]types.Measurement, len(measurements))
	for i, one := range measurements {
		made[i] = types.Measurement{Name: one.Name, Subject: one.Subject, Value: one.Value, Unit: one.Unit}
	}
	return made
}

func reported(reports []types.NamedReport) []NamedReport {
	read := make([]NamedReport, len(reports))
	for i, named := range reports {
		report := Report{Health(named.Report.Health), named.Report.Summary, nil, true}
		for _, one := range named.Report.Measurements {
			report.Measurements = append(report.Measurements, Measurement{one.Name, one.Subject, one.Value, one.Unit})
		}
		read[i] = NamedReport{named.Gate, report}
	}
	return read
}

func sendAll(requests []Request) []outcome {
	sent := make([]lockgate_plugin_http.Request, len(requests))
	for i, request := range requests {
		headers := make([]types.Pair, len(request.Headers))
		for j, header := range request.Headers {
			headers[j] = types.Pair{F0: header.Name, F1: header.Value}
		}
		sent[i] = lockgate_plugin_http.Request{
			Method: request.Method, Url: request.URL, Headers: headers, Body: wit.None[[]uint8](), TimeoutMs: wit.None[uint32](),
		}
		if request.Body != nil {
			sent[i].Body = wit.Some(request.Body)
		}
		if request.TimeoutMs > 0 {
			sent[i].TimeoutMs = wit.Some(request.TimeoutMs)
		}
	}
	results := lockgate_plugin_http.SendAll(sent)
	outcomes := make([]outcome, len(results))
	for i, result := range results {
		if result.IsErr() {
			outcomes[i].kind, outcomes[i].text = failed(result.Err())
			continue
		}
		response := result.Ok()
		answer := Answer{Status: int(response.Status), Body: response.Body, ElapsedMs: response.ElapsedMs}
		for _, header := range response.Headers {
			answer.Headers = append(answer.Headers, Header{header.F0, header.F1})
		}
		outcomes[i].answer = answer
	}
	return outcomes
}

func failed(failure lockgate_plugin_http.Error) (kind, text string) {
	switch failure.Tag() {
	case lockgate_plugin_http.Error_Denied:
		return "denied", failure.Denied()
	case lockgate_plugin_http.Error_Invalid:
		return "invalid", failure.Invalid()
	case lockgate_plugin_http.Error_Timeout:
		return "timeout", ""
	case lockgate_plugin_http.Error_Unreachable:
		return "unreachable", failure.Unreachable()
	case lockgate_plugin_http.Error_TooLarge:
		return "too-large", strconv.FormatUint(uint64(failure.TooLarge()), 10)
	case lockgate_plugin_http.Error_Budget:
		return "budget", failure.Budget()
	case lockgate_plugin_http.Error_Unresolved:
		return "unresolved", failure.Unresolved()
	default:
		return "untrusted", failure.Untrusted()
	}
}

func trafficSlices(newest uint32) ([]Slice, string) {
	result := lockgate_plugin_traffic.Slices(newest)
	if result.IsErr() {
		return nil, result.Err()
	}
	var slices []Slice
	for _, given := range result.Ok() {
		slice := Slice{StartS: given.StartS, EndS: given.EndS}
		for _, count := range given.Counts {
			slice.Counts = append(slice.Counts, Count{count.Revision, count.StatusClass, count.Requests})
		}
		slices = append(slices, slice)
	}
	return slices, ""
}
