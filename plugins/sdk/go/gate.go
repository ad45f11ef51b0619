// Package gate is the kit for gates of lockgate in Go: settings, requests, probes, state and verdicts.
//
// A gate is two or three functions and one declaration:
//
//	package main
//
//	import "lockgate.dev/gate"
//
//	type Settings struct {
//		Path string `json:"path"`
//	}
//
//	func init() {
//		gate.Register(gate.Gate[Settings]{
//			Name: "my-gate", Version: "0.1.0", Summary: "Asks the canary for its health.",
//			Schema: schema, Check: check,
//		})
//	}
//
//	func check(ctx *gate.Context[Settings]) gate.Report {
//		answer := ctx.Canary.Get(ctx.Settings.Path)
//		if answer.OK() {
//			return gate.Healthy("it answers")
//		}
//		return gate.Unhealthy(fmt.Sprintf("it answered %d", answer.Status))
//	}
//
//	func main() {}
//
// What lockgate did not send ends the call by itself, and so does a panic: both mean "could not answer", never a pass and
// never a "no". A panic is logged with its stack. wit/plugin.wit is the contract, and the manual of everything that a gate
// gets and answers.
package gate

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

func init() {
	// An instance lives for one call, and a collection that begins while lockgate hands over a response traps.
	debug.SetGCPercent(-1)
}

// Gate declares a gate: Check for a health check, Decide for a promotion gate, or both with the same settings.
type Gate[S any] struct {
	Name, Version, Summary string
	// Schema is the JSON Schema of the settings, as its text.
	Schema string
	// Origins are what the gate reaches beside the two revisions, for the operator to see.
	Origins []string
	Check   func(*Context[S]) Report
	Decide  func(*Context[S], []NamedReport) Decision
}

// Register makes it the gate of this program. Call it once, in init.
func Register[S any](gate Gate[S]) {
	origins := gate.Origins
	if origins == nil {
		origins = []string{}
	}
	description, err := json.Marshal(map[string]any{
		"name": gate.Name, "version": gate.Version, "summary": gate.Summary, "settings": json.RawMessage(gate.Schema), "origins": origins,
	})
	if err != nil {
		panic(fmt.Sprintf("the schema of the settings is not JSON: %v", err))
	}
	registered.describe = func() string { return string(description) }
	registered.check = func(given call) (report Report, state []byte, failure string) {
		failure = guarded(func() {
			if gate.Check == nil {
				CannotAnswer("the gate has no Check")
			}
			ctx := context[S](given)
			report = gate.Check(ctx)
			state = ctx.state
			if !report.made {
				CannotAnswer("Check returned the zero Report; return Healthy, Unhealthy or Unknown")
			}
		})
		return report, state, failure
	}
	registered.decide = func(given call, reports []NamedReport) (decision Decision, state []byte, failure string) {
		failure = guarded(func() {
			if gate.Decide == nil {
				CannotAnswer("the gate has no Decide")
			}
			ctx := context[S](given)
			decision = gate.Decide(ctx, reports)
			state = ctx.state
			if !decision.made {
				CannotAnswer("Decide returned the zero Decision; return Promote, Hold or RollBack")
			}
		})
		return decision, state, failure
	}
}

// What the exports call. A failure is why the gate could not answer; empty where it did.
var registered struct {
	describe func() string
	check    func(call) (Report, []byte, string)
	decide   func(call, []NamedReport) (Decision, []byte, string)
}

// call is the context of the contract.
type call struct {
	id, app        string
	stable, canary Revision
	stage          Stage
	settings       string
	facts          map[string]string
	state          []byte
}

// Stage is the position of the rollout in its plan, as in the contract.
type Stage struct {
	Index, Total, Weight, NextWeight, Asked uint32
	WeightSinceS, NowS                      float64
}

// Context is everything that a gate receives, and what it remembers.
type Context[S any] struct {
	// ID is the id of the run, and App the name of the app.
	ID, App        string
	Stable, Canary Revision
	Stage          Stage
	// Settings are the operator's, which lockgate has checked and completed.
	Settings S
	// Facts are what the pipeline hands over, by name.
	Facts map[string]string
	state []byte
}

func context[S any](given call) *Context[S] {
	ctx := &Context[S]{
		ID: given.id, App: given.app, Stable: given.stable, Canary: given.canary, Stage: given.stage, Facts: given.facts, state: given.state,
	}
	if err := json.Unmarshal([]byte(given.settings), &ctx.Settings); err != nil {
		CannotAnswer("the settings are not what the gate reads: %v", err)
	}
	return ctx
}

// State reads what the gate remembered in its last call of this rollout into the value that the pointer names, and leaves
// it as it is at the first call. A state that is not JSON of this shape ends the call.
func (ctx *Context[S]) State(into any) {
	if len(ctx.state) == 0 {
		return
	}
	if err := json.Unmarshal(ctx.state, into); err != nil {
		what := "not JSON"
		if json.Valid(ctx.state) {
			what = "of another shape"
		}
		CannotAnswer("the state is %s: %v", what, err)
	}
}

// Remember sets what the next call gets as its state: at most 64 KiB of JSON. Without it the state stays as it is.
func (ctx *Context[S]) Remember(state any) {
	written, err := json.Marshal(state)
	if err != nil {
		CannotAnswer("the state cannot be written as JSON: %v", err)
	}
	ctx.state = written
}

// Health is the finding of a health check.
type Health uint8

// The findings, in the order of the contract.
const (
	IsUnknown Health = iota
	IsHealthy
	IsUnhealthy
)

// Report is what a health check answers. Its zero value is no answer: Healthy, Unhealthy and Unknown make one.
type Report struct {
	Health       Health
	Summary      string
	Measurements []Measurement
	made         bool
}

// Healthy returns a pass: the canary is fit to serve.
func Healthy(summary string, measurements ...Measurement) Report {
	return Report{IsHealthy, summary, measurements, true}
}

// Unhealthy returns a fail: the canary is not fit to serve, and lockgate rolls back at once.
func Unhealthy(summary string, measurements ...Measurement) Report {
	return Report{IsUnhealthy, summary, measurements, true}
}

// Unknown returns that the gate cannot tell yet: lockgate asks again until the gate deadline.
func Unknown(summary string, measurements ...Measurement) Report {
	return Report{IsUnknown, summary, measurements, true}
}

// NamedReport is the latest report of a health check, by the gate's name in the operator's configuration.
type NamedReport struct {
	Gate   string
	Report Report
}

// Decision is what a promotion gate answers. Its zero value is no answer: Promote, Hold and RollBack make one.
type Decision struct {
	decision     uint8
	reason       string
	askAgainMs   uint32
	measurements []Measurement
	made         bool
}

// Promote returns a pass: the canary may take the next weight.
func Promote(reason string, measurements ...Measurement) Decision {
	return Decision{1, reason, 0, measurements, true}
}

// Hold returns "not yet": lockgate asks again after its check interval until the gate deadline.
func Hold(reason string, measurements ...Measurement) Decision {
	return Decision{0, reason, 0, measurements, true}
}

// AskAgain sets the milliseconds until the next call after a hold.
func (decision Decision) AskAgain(ms uint32) Decision {
	decision.askAgainMs = ms
	return decision
}

// RollBack returns a fail: the canary must get no more traffic, and lockgate rolls back at once.
func RollBack(reason string, measurements ...Measurement) Decision {
	return Decision{2, reason, 0, measurements, true}
}

// Measurement is a number that the gate measured. The subject is such as canary; the unit is such as ms, empty for a bare
// number.
type Measurement struct {
	Name, Subject string
	Value         float64
	Unit          string
}

// Slice is one stretch of the platform's request counts: 60 s on Azure.
type Slice struct {
	StartS, EndS float64
	Counts       []Count
}

// Count is the number of requests to one revision with one class of status, such as 5xx.
type Count struct {
	Revision, StatusClass string
	Requests              float64
}

// Slices returns the newest slices of the platform's own request counts, oldest first: 1 to 1,440. Without any the call
// ends.
func Slices(newest uint32) []Slice {
	slices, failure := lockgate.slices(newest)
	if failure != "" {
		CannotAnswer("no request counts: %s", failure)
	}
	return slices
}

// NowMs returns milliseconds on a clock that never goes back, and that is virtual in a replay.
func NowMs() float64 { return lockgate.nowMs() }

// SleepMs waits. The time counts against the call's wall-clock budget.
func SleepMs(ms uint32) { lockgate.sleepMs(ms) }

// Level is the importance of a line of the log.
type Level uint8

// The levels: debug and info are shown with --verbose, the others always.
const (
	Debug Level = iota
	Info
	Warn
	Error
)

// Log writes a line, with fields beside it: a name, a value, and so on.
func Log(level Level, message string, fields ...string) { lockgate.write(level, message, fields) }

type cannotAnswer string

// CannotAnswer ends the call with "could not answer" and this text.
func CannotAnswer(format string, values ...any) { panic(cannotAnswer(fmt.Sprintf(format, values...))) }

// guarded calls a function and returns why it could not answer; empty where it did.
func guarded(function func()) (failure string) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case cannotAnswer:
			failure = string(cause)
		default:
			for _, line := range strings.Split(strings.TrimSpace(string(debug.Stack())), "\n") {
				Log(Error, strings.TrimSpace(line))
			}
			failure = fmt.Sprintf("panic: %v%s", cause, place())
		}
	}()
	function()
	return ""
}

// place returns file and line of the innermost frame below a panic that is not Go's own.
func place() string {
	counters := make([]uintptr, 64)
	frames := runtime.CallersFrames(counters[:runtime.Callers(2, counters)])
	panicked := false
	for {
		frame, more := frames.Next()
		isRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if panicked && !isRuntime {
			return fmt.Sprintf(" (%s:%d)", filepath.Base(frame.File), frame.Line)
		}
		panicked = panicked || frame.Function == "runtime.gopanic"
		if !more {
			return ""
		}
	}
}
