#!/bin/sh
# Suites as a user makes them: validate.sh [ENIMC].  Prints TAP; without python3-jsonschema the schemas are skipped.
enimc=${1:-./enimc}
here=$(dirname "$0")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0
number=0

# is NAME COMMAND...: one line of TAP
is() {
    name=$1
    number=$((number + 1))
    shift
    if "$@" >"$work/why" 2>&1; then
        echo "ok $number - $name"
    else
        failed=1
        echo "not ok $number - $name"
        sed 's/^/# /' "$work/why"
    fi
}

# expect STATUS TEXT COMMAND...: its exit status, and a text somewhere in its output
ends() {
    cat "$work/out"
    echo "ended with $status"
    [ "$status" -eq "$1" ] && grep -q -e "$2" "$work/out"
}
expect() {
    wanted=$1 text=$2
    shift 2
    "$@" >"$work/out" 2>&1
    status=$?
    is "$(echo "$*" | sed "s|$work|DIR|g; s|$here/||g; s|^[^ ]* ||") -> $wanted, $text" ends "$wanted" "$text"
}

small=$here/small-vpc.yaml
bench=$here/../../specs/bench/eni-bench.yaml
expect 0 'goals covered' "$enimc" vectors "$bench" -o "$work/bench"
expect 0 'goals covered' "$enimc" vectors "$small" -o "$work/small"
expect 0 'goals covered' "$enimc" vectors "$small" -o "$work/again"
is 'two runs give the same bytes' diff -r "$work/small" "$work/again"
expect 0 '"format": "enimc-vectors"' "$enimc" vectors "$small" -o "$work/json" --format json
is '--format json is the manifest' cmp "$work/out" "$work/json/manifest.json"

expect 2 'not empty' "$enimc" vectors "$small" -o "$work/small"
expect 0 'goals covered' "$enimc" vectors "$bench" -o "$work/again" --force
is '--force replaces the folder' diff -r "$work/bench" "$work/again"
mkdir "$work/foreign" "$work/empty" && echo mine >"$work/foreign/file"
expect 2 'left alone' "$enimc" vectors "$small" -o "$work/foreign" --force
is 'a folder that is no suite stays' test -f "$work/foreign/file"
expect 0 'goals covered' "$enimc" vectors "$small" -o "$work/empty/"
expect 2 'is a file' "$enimc" vectors "$small" -o "$work/foreign/file"
expect 2 'No such file' "$enimc" vectors "$small" -o "$work/none/suite"
expect 2 'expected a folder' "$enimc" vectors "$small"
if [ "$(id -u)" -ne 0 ]; then
    mkdir "$work/locked" && chmod 500 "$work/locked"
    expect 2 'Permission denied' "$enimc" vectors "$small" -o "$work/locked/suite"
fi

expect 0 '0 added, 0 retired, 0 changed' "$enimc" vectors "$small" -o "$work/diff" --diff "$work/small"
expect 0 '^retired ' "$enimc" vectors "$bench" -o "$work/diff" --force --diff "$work/small"
expect 2 'expected a suite' "$enimc" vectors "$small" -o "$work/no-diff" --diff "$work/foreign"
is 'and nothing is written' test ! -e "$work/no-diff"
expect 2 'expected mutants, ' "$enimc" vectors "$small" -o "$work/no-diff" --criterion all
expect 0 ' vectors, ' "$enimc" vectors "$small" -o "$work/walks" --criterion random --walks 5
expect 0 ' vectors, ' "$enimc" vectors "$small" -o "$work/states" --criterion state --max-depth 2
# Vectors that are counted are those that would be written.
for criterion in state transitions random; do
    "$enimc" vectors "$small" -o "$work/kept" --force --criterion $criterion --max-depth 2 >"$work/kept-out"
    expect 0 "^$(sed -n 's/^\(.* vectors, .* steps\) (at most.*/\1/p' "$work/kept-out"), counted, nothing is written" \
        "$enimc" vectors "$small" --criterion $criterion --max-depth 2
done
expect 2 'expected a folder' "$enimc" vectors "$small" --criterion state --formats jsonl
expect 3 'state limit' "$enimc" vectors "$small" -o "$work/limit" --max-states 20
is 'nothing is written at a limit' test ! -e "$work/limit"
expect 3 "not met within the limits" "$enimc" vectors "$small" -o "$work/shallow" --max-depth 2
expect 2 'no action by a client' "$enimc" vectors "$here/no-client.yaml" -o "$work/no-client"
expect 2 'error\[broken\]' "$enimc" vectors "$here/broken.yaml" -o "$work/broken"
is 'nothing temporary is left' sh -c 'test -z "$(ls "$1" | grep "\\.")"' - "$work"

if python3 -c 'import jsonschema' 2>/dev/null; then
    for suite in bench small shallow empty; do
        is "the suite $suite follows the schemas" python3 "$here/validate.py" "$work/$suite"
    done
else
    number=$((number + 1))
    echo "ok $number - the suites follow the schemas # SKIP python3-jsonschema is not installed"
fi
echo "1..$number"
exit $failed
