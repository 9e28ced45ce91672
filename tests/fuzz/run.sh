#!/bin/sh
# Runs harnesses of libFuzzer, one after the other:  sh tests/fuzz/run.sh BUILD SECONDS NAME...     (make fuzz-lib)
#
# New inputs go to BUILD/corpus/NAME, findings to BUILD/found; the corpora of tests/fuzz/corpus are only read.  The exit
# status is 1 if something was found.
cd "$(dirname "$0")/../.." || exit 2
build=$1 seconds=$2 bad=0
shift 2
mkdir -p "$build/found" || exit 2
for name; do
    mkdir -p "$build/corpus/$name" || exit 2
    dictionary=tests/fuzz/$name.dict
    # the intern table and the rulebook live as long as the process: leaks are looked for, growth is limited
    "$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1500 -max_len=8192 -print_final_stats=1 \
        $([ ! -e "$dictionary" ] || echo "-dict=$dictionary") -artifact_prefix="$build/found/$name-" \
        "$build/corpus/$name" "tests/fuzz/corpus/$name" >"$build/found/$name.log" 2>&1
    status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/found/$name.log")
    if [ "$status" -eq 0 ]; then
        echo "fuzz_$name: ${runs:-?} inputs in $seconds s, no finding"
    else
        bad=1
        echo "fuzz_$name: a finding (exit status $status), see $build/found/$name.log"
        grep -E 'ERROR|SUMMARY|Test unit written' "$build/found/$name.log" | head -5 | sed 's/^/    /'
    fi
done
exit $bad
