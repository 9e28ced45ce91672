#!/bin/sh
# Runs every test of a build folder:  sh tests/run.sh build/release
#
# All parts speak TAP ("ok 1 - name", "not ok 2 - name", "# detail"); here they are counted.  Only failures are shown.
# The last line is "N passed, N failed" (", N skipped"); the exit status is 1 if a test failed.
cd "$(dirname "$0")/.." || exit 2
build=${1:?usage: tests/run.sh BUILD-FOLDER}
[ -x "$build/enimc" ] || { echo "$build/enimc is missing: run 'make' first"; exit 2; }
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT INT TERM
passed=0 failed=0 skipped=0

# part NAME COMMAND...: one source of TAP lines
part() {
    name=$1
    shift
    CMOCKA_MESSAGE_OUTPUT=TAP "$@" >"$work/out" 2>&1 </dev/null
    status=$?
    skips=$(grep -ci '^ok .*# skip' "$work/out")
    goods=$(grep -c '^ok ' "$work/out")
    bads=$(grep -c '^not ok ' "$work/out")
    [ "$skips" -gt 0 ] && sed -n 's/^ok [0-9]* - \(.*\)# [sS][kK][iI][pP]/SKIP '"$name"': \1/p' "$work/out"
    if [ "$bads" -gt 0 ]; then
        # a failing test with the lines that belong to it: "# ..." before (cmocka) or after (scripts)
        sed -n -e 's/^not ok [0-9]* - /FAIL '"$name"': /p' -e '/^#/s/^#/    #/p' -e '/^[^#0-9on]/s/^/    /p' "$work/out" | head -200
    fi
    if [ "$status" -ne 0 ] && [ "$bads" -eq 0 ]; then
        bads=1
        echo "FAIL $name: ended with status $status"
        tail -25 "$work/out" | sed 's/^/    /'
    fi
    passed=$((passed + goods - skips))
    skipped=$((skipped + skips))
    failed=$((failed + bads))
}

for program in "$build"/tests/unit/test_* "$build"/tests/agree/agree_*; do
    case $program in *.o | *.d) continue ;; esac
    [ -x "$program" ] && part "$(basename "$program")" "$program"
done
part cases sh tests/cases.sh "$build" tests/cases
part docs sh tests/docs.sh "$build"
part hostile sh tests/hostile.sh "$build"
part json sh tests/json.sh "$build"
part layers sh tests/layers.sh

if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
