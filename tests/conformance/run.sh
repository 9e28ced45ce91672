#!/bin/sh
# What clients as people have them say of `enimc serve`:  sh tests/conformance/run.sh ENIMC      (make conformance)
#
# Makes a Python environment in build/venv with boto3, the AWS CLI and pytest (the package index of pip's configuration).  Then
# boto3 and the CLI run a scenario of calls, pytest the vectors of UNIVERSES, and `enimc replay` the whole suite, each against a
# server of its own.  The last lines are a summary; the exit status is 1 if anything failed, 2 if there is no environment.
cd "$(dirname "$0")/../.." || exit 2
enimc=${1:-./enimc}
UNIVERSES=${UNIVERSES:-subnets interfaces}
venv=$(pwd)/build/venv
mkdir -p build
work=$(mktemp -d) || exit 2
server='' failed=0
: >"$work/summary"
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 2' INT TERM
if [ ! -x "$venv/bin/pytest" ] || [ ! -x "$venv/bin/aws" ]; then
    { python3 -m venv "$venv" && "$venv/bin/pip" install -q boto3 awscli pytest; } || {
        echo "conformance: cannot make $venv (python3 with venv, and a package index, are needed)"
        exit 2
    }
fi
PATH=$venv/bin:$PATH
export PATH

begin() { # SPEC...: $url
    : >"$work/log"
    "$enimc" serve --listen 127.0.0.1:0 "$@" >"$work/log" 2>&1 &
    server=$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        url=$(sed -n 's/^serving on //p' "$work/log")
        [ -n "$url" ] && return 0
        sleep 0.3
    done
    cat "$work/log"
    exit 2
}
# part NAME COMMAND...: against a server; its output is kept, and shown if it fails
part() {
    name=$1
    shift
    echo "$name ..."
    "$@" >"$work/out" 2>&1
    status=$?
    kill "$server" 2>/dev/null && wait "$server"
    [ $? -eq 0 ] || status=1 # the server must end as it should
    server=''
    figures=$(grep -E '^[0-9]+ (passed|failed)|(passed|failed)( in |,)|^1\.\.' "$work/out" | tail -1 | tr -d '=' | sed 's/^1\.\./calls: /; s/^ *//; s/ *$//')
    if [ $status -eq 0 ]; then
        echo "passed  $name ($figures)" >>"$work/summary"
    else
        failed=1
        echo "FAILED  $name ($figures)" >>"$work/summary"
        grep -v '^ok' "$work/out" | tail -40
    fi
}

begin
part 'boto3, a scenario' python3 tests/conformance/scenario.py "$url"
begin
part 'the AWS CLI, a scenario' sh tests/conformance/scenario.sh "$url"
for universe in $UNIVERSES; do
    "$enimc" vectors "specs/ec2/universes/$universe.yaml" -o "$work/$universe" --formats pytest --quiet || exit 2
    begin
    part "pytest, vectors of $universe" env ENIMC_WAIT=10 ENIMC_ENDPOINT="$url" python3 -m pytest -q -p no:cacheprovider "$work/$universe/pytest"
done
if "$enimc" help | grep -qE '^ *replay'; then
    begin
    part 'enimc replay, the whole suite' "$enimc" replay vectors/suite --endpoint "$url"
fi
echo
cat "$work/summary"
exit $failed
