package gate

// host is what lockgate offers a gate: the imports of the contract. A native test puts its own in the place of it.
type host struct {
	sendAll func([]Request) []outcome
	slices  func(newest uint32) (slices []Slice, failure string)
	nowMs   func() float64
	sleepMs func(ms uint32)
	write   func(level Level, message string, fields []string)
}
