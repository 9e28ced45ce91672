#!/bin/sh
# Designs that failed in public, and their repairs:  sh tests/designs-run.sh PROGRAM [NAME]   (TAP)
cd "$(dirname "$0")/.." || exit 2
command -v python3 >/dev/null || { echo "ok 1 - designs # SKIP no python3" && exit 0; }
exec python3 tests/designs-run.py "$@"
