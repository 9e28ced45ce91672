#!/bin/sh
# Do the engines agree on the bundled specs?  sh tests/engines.sh PROGRAM   (TAP)
cd "$(dirname "$0")/.." || exit 2
command -v python3 >/dev/null || { echo "ok 1 - engines # SKIP no python3" && exit 0; }
exec python3 tests/engines.py "$1"
