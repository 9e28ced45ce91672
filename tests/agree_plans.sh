#!/bin/sh
# Do verify and check agree on random plans?  sh tests/agree_plans.sh PROGRAM [PLANS] [SEED]   (TAP)
cd "$(dirname "$0")/.." || exit 2
command -v python3 >/dev/null || { echo "ok 1 - random plans # SKIP no python3" && exit 0; }
exec python3 tests/agree_plans.py "$@"
