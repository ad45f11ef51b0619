#!/bin/sh
# Tests the calendar and the windows natively, with the sanitizers of the compiler: sh test/run.sh
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CC:-cc}" -std=gnu2x -Wall -Wextra -Werror -g -O1 -fsanitize=address,undefined -fno-sanitize-recover -I .. \
    test_windows.c ../calendar.c ../windows.c -o "$work/test"
"$work/test"
