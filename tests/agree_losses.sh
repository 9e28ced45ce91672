#!/bin/sh
# Steps that are undone, against all orders:  sh tests/agree_losses.sh PROGRAM [SEED]   (TAP)
cd "$(dirname "$0")/.." || exit 2
command -v python3 >/dev/null || { echo "ok 1 - random losses # SKIP no python3" && exit 0; }
exec python3 tests/agree_losses.py "$@"
