package gate

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// ProbeTimeoutMs is the time for each request of a probe: forty to each revision end within the 30 s of a call.
const ProbeTimeoutMs = 2_000

// Revision is a deployed version of the app.
type Revision struct {
	// URL is the origin at which this revision alone answers.
	Name, URL, Image string
}

// Header is a header field.
type Header struct{ Name, Value string }

// Request is a request to an absolute URL. TimeoutMs is for the whole exchange; 0 is lockgate's own, 10 s.
type Request struct {
	Method, URL string
	Headers     []Header
	Body        []byte
	TimeoutMs   uint32
}

// NoAnswer is why there is no response: evidence about the other side. Kind is timeout, unreachable or too-large.
type NoAnswer struct{ Kind, Text string }

// Answer is what came of a request that was sent: a response, or the reason why there is none. Without a response Status
// is 0 and OK is false, so that a gate that forgets to look never passes by it. Header names are in lower case.
type Answer struct {
	Status    int
	Headers   []Header
	Body      []byte
	ElapsedMs float64
	NoAnswer  *NoAnswer
}

// OK returns whether the status is 200 to 299.
func (answer Answer) OK() bool { return answer.Status >= 200 && answer.Status < 300 }

// Header returns the first header field of this name, which is in lower case; empty without one.
func (answer Answer) Header(name string) string {
	for _, header := range answer.Headers {
		if header.Name == name {
			return header.Value
		}
	}
	return ""
}

// Text returns the body as text; what is not UTF-8 is replaced.
func (answer Answer) Text() string { return strings.ToValidUTF8(string(answer.Body), "\ufffd") }

// JSON reads the body. An error is a finding about the other side.
func (answer Answer) JSON(into any) error { return json.Unmarshal(answer.Body, into) }

// outcome is the result of one request: kind is empty for a response, else the name of the error in the contract.
type outcome struct {
	answer     Answer
	kind, text string
}

// Send sends one request and waits for the answer. What lockgate did not send ends the call.
func Send(request Request) Answer { return SendAll([]Request{request})[0] }

// SendAll sends requests at the same time, at most 8 of them in flight, and returns the answers in their order. What
// lockgate did not send ends the call.
func SendAll(requests []Request) []Answer {
	outcomes := lockgate.sendAll(requests)
	if len(outcomes) != len(requests) {
		CannotAnswer("lockgate gave %d answers to %d requests", len(outcomes), len(requests))
	}
	answers := make([]Answer, len(outcomes))
	for i, outcome := range outcomes {
		answers[i] = answerOf(requests[i], outcome)
	}
	return answers
}

func answerOf(request Request, outcome outcome) Answer {
	text := outcome.text
	switch outcome.kind {
	case "":
		return outcome.answer
	case "timeout":
		ms := request.TimeoutMs
		if ms == 0 {
			ms = 10_000
		}
		text = fmt.Sprintf("no response within %d ms", ms)
	case "unreachable":
	case "too-large":
		text = fmt.Sprintf("the response exceeded %s bytes", outcome.text)
	case "unresolved", "untrusted":
		CannotAnswer("%s %s: %s: %s; this says nothing about the revision", request.Method, request.URL, outcome.kind, outcome.text)
	default:
		CannotAnswer("%s %s: %s: %s", request.Method, request.URL, outcome.kind, outcome.text)
	}
	return Answer{NoAnswer: &NoAnswer{outcome.kind, text}}
}

// Request returns a request to this revision. The path begins with a slash.
func (revision Revision) Request(method, path string) Request {
	return Request{Method: method, URL: revision.URL + path}
}

// Send sends a request to this revision; Request and the function Send set headers, a body and a timeout.
func (revision Revision) Send(method, path string) Answer {
	return Send(revision.Request(method, path))
}

// Get sends a GET to this revision.
func (revision Revision) Get(path string) Answer { return revision.Send("GET", path) }

// Probe sends equal GETs to this revision at the same time, at most 8 of them in flight, with 2 s for each, and counts.
func (revision Revision) Probe(path string, count int) Probe {
	return revision.ProbeWithin(path, count, ProbeTimeoutMs)
}

// ProbeWithin probes as Probe does, with another time for each request.
func (revision Revision) ProbeWithin(path string, count int, timeoutMs uint32) Probe {
	if count < 1 {
		CannotAnswer("a probe sends at least one request")
	}
	request := revision.Request("GET", path)
	request.TimeoutMs = timeoutMs
	probe := Probe{Requests: count}
	var times []float64
	for _, answer := range SendAll(slices.Repeat([]Request{request}, count)) {
		problem := ""
		switch {
		case answer.NoAnswer != nil:
			probe.Silent++
			problem = fmt.Sprintf("GET %s had no answer: %s", path, answer.NoAnswer.Text)
		case !answer.OK():
			probe.Failed++
			problem = fmt.Sprintf("GET %s answered %d", path, answer.Status)
		}
		if answer.NoAnswer == nil {
			times = append(times, answer.ElapsedMs)
		}
		if probe.Problem == "" {
			probe.Problem = problem
		}
	}
	slices.Sort(times)
	probe.P50, probe.P95, probe.Slowest = Percentile(times, 50), Percentile(times, 95), Percentile(times, 100)
	return probe
}

// Percentile returns a percentile of sorted numbers by nearest rank: one of them. 0 without any.
func Percentile(sorted []float64, percent float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(float64(len(sorted)) * percent / 100))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Probe is the outcome of several equal requests: Failed had a response that is not 2xx, Silent had none. Times are
// milliseconds over the responses by nearest rank, 0 without any. Problem is the first failure in a sentence.
type Probe struct {
	Requests, Failed, Silent int
	P50, P95, Slowest        float64
	Problem                  string
}

// Measurements returns the numbers as measurements of a subject, such as canary.
func (probe Probe) Measurements(subject string) []Measurement {
	return []Measurement{
		{"failed", subject, float64(probe.Failed), "requests"},
		{"silent", subject, float64(probe.Silent), "requests"},
		{"p50", subject, probe.P50, "ms"},
		{"p95", subject, probe.P95, "ms"},
		{"slowest", subject, probe.Slowest, "ms"},
	}
}
