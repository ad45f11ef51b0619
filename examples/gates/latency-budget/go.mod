module latency-budget

go 1.27

toolchain go1.27.3

require lockgate.dev/gate v0.1.0

replace lockgate.dev/gate => ./sdk
