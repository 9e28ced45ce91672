#!/bin/sh
# The reports of `verify` and what they let pass:  sh tests/findings.sh PROGRAM   (TAP)
cd "$(dirname "$0")/.." || exit 2
command -v python3 >/dev/null || { echo "ok 1 - findings # SKIP no python3" && exit 0; }
exec python3 tests/findings.py "${1:?usage: tests/findings.sh PROGRAM}"
