#!/bin/sh
# Runs every test of a build folder:  sh tests/run.sh build/release
#
# All parts speak TAP ("ok 1 - name", "not ok 2 - name", "# detail"); here they are counted.  Only failures are shown.
# The last line is "N passed, N failed", behind "N skipped" if any; the exit status is 1 if a test failed.
#
# With sanitizers (CONFIG=asan or stress) every report is kept in BUILD/reports and counts as a failure, also where the test
# itself does not look at the exit status (99, which no test expects).
cd "$(dirname "$0")/.." || exit 2
build=${1:?usage: tests/run.sh BUILD-FOLDER}
[ -x "$build/enimc" ] || { echo "$build/enimc is missing: run 'make' first"; exit 2; }
root=$(pwd)
rm -rf "$build/tmp" "$build/reports"
mkdir -p "$build/tmp" "$build/reports" || exit 2
export TMPDIR="$root/$build/tmp" # the user's need not be writable
work=$(mktemp -d) || exit 2
trap 'rm -rf "$root/$build/tmp"' EXIT INT TERM
reports="abort_on_error=0:exitcode=99:log_path='$root/$build/reports/report'"
export ASAN_OPTIONS="detect_leaks=1:strict_string_checks=1:allocator_may_return_null=1:$reports"
export UBSAN_OPTIONS="print_stacktrace=1:$reports"
export LSAN_OPTIONS="$reports"
passed=0 failed=0 skipped=0

# part NAME COMMAND...: one source of TAP lines
part() {
    name=$1 began=$(date +%s)
    shift
    CMOCKA_MESSAGE_OUTPUT=TAP "$@" >"$work/out" 2>&1 </dev/null
    status=$?
    skips=$(grep -ciE '^(not )?ok .*# skip' "$work/out") # cmocka says "not ok" of a skipped test
    goods=$(grep -iE '^ok ' "$work/out" | grep -civ '# skip')
    bads=$(grep -iE '^not ok ' "$work/out" | grep -civ '# skip')
    [ "$skips" -gt 0 ] && grep -iE '^(not )?ok .*# skip' "$work/out" | sed 's/^[a-z ]*[0-9]* *[-#]* */SKIP '"$name"': /'
    # a failing test with the lines behind it, up to the next test
    [ "$bads" -gt 0 ] && awk -v name="$name" '
        /^not ok / && !/# SKIP/ { sub(/^not ok [0-9]* - /, ""); print "FAIL " name ": " $0; show = 1; next }
        /^(not )?ok / || /^1\.\./ { show = 0 }
        show { print "    " $0 }' "$work/out" | head -200
    if [ "$status" -ne 0 ] && [ "$bads" -eq 0 ]; then
        bads=1
        echo "FAIL $name: ended with status $status"
        tail -25 "$work/out" | sed 's/^/    /'
    fi
    passed=$((passed + goods))
    skipped=$((skipped + skips))
    failed=$((failed + bads))
    seconds=$(($(date +%s) - began))
    [ "$seconds" -lt 20 ] || echo "$name: $seconds s"
}

for program in "$build"/tests/unit/test_* "$build"/tests/agree/agree_*; do
    case $program in *.o | *.d) continue ;; esac
    [ -x "$program" ] && part "$(basename "$program")" "$program"
done
part cases sh tests/cases.sh "$build" tests/cases
part systems sh tests/cases.sh "$build" tests/systems
part verify sh tests/cases.sh "$build" tests/verify
part findings sh tests/findings.sh "$build/enimc"
part finding-pages sh tests/finding_pages.sh "$build/enimc"
part sarif sh tests/sarif.sh "$build/enimc"
part verify-twice sh tests/verify.sh "$build/enimc"
part random-plans sh tests/agree_plans.sh "$build/enimc"
part random-losses sh tests/agree_losses.sh "$build/enimc"
part features sh tests/cases.sh "$build" specs/features
part runbooks sh tests/cases.sh "$build" specs/runbooks
part docs sh tests/docs.sh "$build"
part hostile sh tests/hostile.sh "$build"
part json sh tests/json.sh "$build"
part output sh tests/output.sh "$build/enimc"
part readme sh tests/readme.sh "$build"
part vectors sh tests/vectors/validate.sh "$build/enimc"
case $build in
*asan | *stress) skipped=$((skipped + 1)) && echo "SKIP suite: minutes with sanitizers; 'vectors' makes small suites with them" ;;
*) part suite sh tests/vectors/suite.sh "$build/enimc" ;;
esac
part ablate sh tests/ablate.sh "$build"
part designs sh tests/designs.sh "$build/enimc"
part failures sh tests/designs-run.sh "$build/enimc"
part coverage sh tests/coverage.sh "$build/enimc"
part engines sh tests/engines.sh "$build/enimc"
part scenarios sh tests/scenarios.sh "$build/enimc"
part import sh tests/import.sh "$build/enimc"
part serve sh tests/serve.sh "$build/enimc"
part replay sh tests/replay.sh "$build/enimc"
part layers sh tests/layers.sh

for report in "$build"/reports/report.*; do
    [ -e "$report" ] || continue
    failed=$((failed + 1))
    echo "FAIL sanitizers: $report"
    head -40 "$report" | sed 's/^/    /'
done

[ "$skipped" -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
