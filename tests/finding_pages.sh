#!/bin/sh
# Every finding has a bad example and a good one:  sh tests/finding_pages.sh PROGRAM   (TAP)
cd "$(dirname "$0")/.." || exit 2
command -v python3 >/dev/null || { echo "ok 1 - finding pages # SKIP no python3" && exit 0; }
exec python3 tests/finding_pages.py "${1:?usage: tests/finding_pages.sh PROGRAM}"
