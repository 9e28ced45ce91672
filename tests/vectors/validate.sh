#!/bin/sh
# Suites as a user makes them: validate.sh [ENIMC].  Prints what fails and exits with 1; without python3-jsonschema the
# schemas are not tried ("skipped").
enimc=${1:-./enimc}
here=$(dirname "$0")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

fail() {
    echo "FAIL vectors: $*"
    failed=1
}

# expect STATUS TEXT COMMAND...: its exit status, and a text somewhere in its output
expect() {
    wanted=$1 text=$2
    shift 2
    "$@" >"$work/out" 2>&1
    status=$?
    [ $status -eq "$wanted" ] || fail "$* ended with $status, not $wanted: $(cat "$work/out")"
    grep -q -e "$text" "$work/out" || fail "$* did not say '$text' but: $(cat "$work/out")"
}

small=$here/small-vpc.yaml
bench=$here/../../specs/bench/eni-bench.yaml
expect 0 'goals covered' "$enimc" vectors "$bench" -o "$work/bench"
expect 0 'goals covered' "$enimc" vectors "$small" -o "$work/small"
expect 0 'goals covered' "$enimc" vectors "$small" -o "$work/again"
diff -r "$work/small" "$work/again" >/dev/null || fail "two runs differ"
expect 0 '"format": "enimc-vectors"' "$enimc" vectors "$small" -o "$work/json" --format json
cmp -s "$work/out" "$work/json/manifest.json" || fail "--format json is not the manifest"

expect 2 'not empty' "$enimc" vectors "$small" -o "$work/small"
expect 0 'goals covered' "$enimc" vectors "$bench" -o "$work/again" --force
diff -r "$work/bench" "$work/again" >/dev/null || fail "--force does not replace the folder"
mkdir "$work/foreign" "$work/empty" && echo mine >"$work/foreign/file"
expect 2 'left alone' "$enimc" vectors "$small" -o "$work/foreign" --force
[ -f "$work/foreign/file" ] || fail "--force removed a folder that is no suite"
expect 0 'goals covered' "$enimc" vectors "$small" -o "$work/empty/"
expect 2 'is a file' "$enimc" vectors "$small" -o "$work/foreign/file"
expect 2 'No such file' "$enimc" vectors "$small" -o "$work/none/suite"
expect 2 'expected a folder' "$enimc" vectors "$small"
if [ "$(id -u)" -ne 0 ]; then
    mkdir "$work/locked" && chmod 500 "$work/locked"
    expect 2 'Permission denied' "$enimc" vectors "$small" -o "$work/locked/suite"
fi

expect 3 'state limit' "$enimc" vectors "$small" -o "$work/limit" --max-states 20
[ ! -e "$work/limit" ] || fail "a suite was written although a limit was reached"
expect 0 'unknown: not met' "$enimc" vectors "$small" -o "$work/shallow" --max-depth 2
expect 2 'no action by a client' "$enimc" vectors "$here/no-client.yaml" -o "$work/no-client"
expect 2 'error\[broken\]' "$enimc" vectors "$here/broken.yaml" -o "$work/broken"
ls "$work" | grep -q '\.[A-Za-z0-9]\{6\}$' && fail "temporary folders are left: $(ls "$work")"

if python3 -c 'import jsonschema' 2>/dev/null; then
    python3 "$here/validate.py" "$work/bench" "$work/small" "$work/shallow" "$work/empty" || fail "the schemas"
else
    echo "skipped: python3-jsonschema is not installed"
fi
exit $failed
