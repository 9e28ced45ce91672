#!/bin/sh
# The keys and types of `check --format json`, which scripts rely on:  sh tests/json.sh BUILD
cd "$(dirname "$0")/.." || exit 2
command -v python3 >/dev/null || { echo "ok 1 - json # SKIP no python3" && exit 0; }
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT INT TERM
"$1/enimc" check --format json tests/systems/repair.yaml >"$work/repair.json"
"$1/enimc" check --format json tests/systems/attach.yaml >"$work/attach.json"
"$1/enimc" check --format json tests/systems/process.yaml >"$work/process.json"
"$1/enimc" verify --format json tests/verify/process-flapping.yaml >"$work/flapping.json"
"$1/enimc" check --format json tests/systems/jugs.yaml --max-states 5 >"$work/limit.json"
"$1/enimc" check --format json tests/systems/jugs.yaml --output "$work/jugs.json" >"$work/nothing"
"$1/enimc" check --format json tests/cases/broken-range.yaml >"$work/broken.json" 2>/dev/null
"$1/enimc" check --format json --quiet tests/systems/maps.yaml >"$work/maps.json"
"$1/enimc" check --format json tests/cases/include-diamond.yaml >"$work/diamond.json"
"$1/enimc" rules ATT-P4 --format json >"$work/rules.json"
"$1/enimc" explain InvalidNetworkInterface.InUse --format json >"$work/explain.json"
"$1/enimc" explain include --format json >"$work/diagnostic.json"
exec python3 tests/report_json.py "$work"
