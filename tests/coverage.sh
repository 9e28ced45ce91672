#!/bin/sh
# Is every row of the EC2 reference a rule, or in COVERAGE.md?  Is no rule dead?  sh tests/coverage.sh PROGRAM   (TAP)
cd "$(dirname "$0")/.." || exit 2
command -v python3 >/dev/null || { echo "ok 1 - coverage # SKIP no python3" && exit 0; }
exec python3 tests/coverage.py "$1" ../shared/ec2/rules.md
