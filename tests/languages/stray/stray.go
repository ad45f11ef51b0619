package main

//go:wasmexport run
func run() uint32 { return 7 }

func main() {}
