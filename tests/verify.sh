#!/bin/sh
# Two ways to the same answer:  sh tests/verify.sh build/release/enimc        (prints TAP)
#
# `verify` asks each step in its own cone, with stubborn sets; `check` explores every schedule of the whole plan.  For
# plans that are small enough for both, "every step works" and "plan: every holds" must be the same.
cd "$(dirname "$0")/.." || exit 2
enimc=${1:?usage: tests/verify.sh PROGRAM}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT INT TERM
number=0 bad=0 decided=0

for input in tests/verify/eip*.yaml tests/systems/plan*.yaml tests/import/*.json tests/import/*.yaml tests/verify/template*.yaml tests/verify/stack*.yaml; do
    spec=$input
    options=$(sed -n 's|^# run: verify||p' "$input" | sed 's|=| |g; s| \([a-z][^ ]*\)| tests/verify/\1|g')
    case $input in
    *bad-* | *condition*) continue ;; # of conditions, verify tries every answer
    *.json | tests/import/*.yaml | tests/verify/template* | tests/verify/stack*)
        spec=$work/$(basename "${input%.*}").yaml
        # shellcheck disable=SC2086
        "$enimc" import $options "$input" -o "$spec" --quiet >/dev/null 2>&1 || continue
        grep -q '^plan:' "$spec" || continue
        ;;
    esac
    property=$(sed -n 's/^  \([a-z_]*\): *{ *plan: every.*/\1/p' "$spec" | head -1)
    [ -n "$property" ] || continue
    number=$((number + 1))
    # shellcheck disable=SC2086
    "$enimc" verify $options "$input" --timeout 10 >"$work/said" 2>"$work/error"
    steps=$?
    # decided, and not proved for another reason: the plan says that it is not all
    [ $steps -eq 3 ] && head -n 1 "$work/said" | grep -q ', 0 fail in some, 0 in every, 0 unknown' && steps=0
    "$enimc" check "$spec" --property "$property" --quiet --max-states 2000000 --timeout 20 >/dev/null 2>>"$work/error"
    whole=$?
    if [ $steps -eq 3 ]; then
        echo "ok $number - $input # SKIP verify needs more than 10 seconds"
    elif [ $whole -eq 3 ]; then
        echo "ok $number - $input # SKIP too many schedules to explore"
    elif [ $steps -eq $whole ] && [ $steps -lt 2 ]; then
        decided=$((decided + 1))
        echo "ok $number - $input"
    else
        echo "not ok $number - $input"
        echo "# verify ends with $steps, check with $whole"
        sed 's/^/# /' "$work/error"
        bad=1
    fi
done
number=$((number + 1))
if [ $decided -ge 25 ]; then echo "ok $number - $decided plans were decided both ways"; else echo "not ok $number - only $decided plans were decided both ways"; bad=1; fi
exit $bad
