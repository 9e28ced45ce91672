#!/bin/sh
# How good are criteria for choosing tests?  sh tests/bench/criteria.sh ENIMC [SPEC...]
#
# A mutant counts as killed if some step of some vector is answered differently by it or leads elsewhere.
enimc=${1:?usage: criteria.sh ENIMC [SPEC...]}
shift
[ $# -gt 0 ] || set -- specs/ec2/universes/elastic-ips.yaml
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
status=0
printf '%-16s %9s %9s %15s\n' criterion vectors steps 'mutants killed'
for criterion in state operation-code decision transitions random mutants; do
    depth= # all calls in all states to depth 3 would be more than 100,000 vectors
    [ "$criterion" != transitions ] || depth='--max-depth 2'
    # shellcheck disable=SC2086
    "$enimc" vectors "$@" -o "$work/suite" --force --criterion "$criterion" $depth >"$work/out" || { status=1; continue; }
    awk -v criterion="$criterion" '
        / mutants killed/ { for (i = 1; i <= NF; i++) if ($i == "mutants") { killed = $(i - 3); total = $(i - 1) } }
        / vectors, / { sub(/ vectors, /, "|"); sub(/ steps .*/, ""); gsub(/ /, ""); split($0, part, "|") }
        END { printf "%-16s %9s %9s %6d of %d (%.1f %%)\n", criterion, part[1], part[2], killed, total, 100 * killed / total }' "$work/out"
done
exit $status
