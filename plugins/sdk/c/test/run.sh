#!/bin/sh
# Builds the kit natively, with the sanitizers of the compiler, and tests it: sh test/run.sh
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CC:-cc}" -std=gnu2x -Wall -Wextra -Werror -g -O1 -fsanitize=address,undefined -fno-sanitize-recover -I .. \
    test_kit.c ../*.c -lm -o "$work/test_kit"
# Nothing is freed: each call has an instance of its own.
ASAN_OPTIONS=detect_leaks=0 "$work/test_kit"
