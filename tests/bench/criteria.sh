#!/bin/sh
# How good are criteria for choosing tests?  sh tests/bench/criteria.sh ENIMC [SPEC...]     (default: the EC2 rulebook)
#
# Vectors are only counted. A mutant counts as killed if some step of some vector is answered differently by it or
# leads elsewhere; the total is what any vector can kill, the others are proved equivalent in the scopes.
enimc=${1:?usage: criteria.sh ENIMC [SPEC...]}
shift
[ $# -gt 0 ] || set -- specs/ec2/default.yaml specs/ec2/universes/*.yaml
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
status=0
printf '%-16s %12s %12s %15s\n' criterion vectors steps 'mutants killed'
possible=0
"$enimc" vectors "$@" --criterion mutants >"$work/mutants" && possible=$(sed -n 's/.*; \([0-9]*\) of [0-9]* mutants killed.*/\1/p' "$work/mutants")
for criterion in state operation-code decision transitions random mutants; do
    [ "$criterion" = mutants ] || "$enimc" vectors "$@" --criterion "$criterion" >"$work/$criterion" || { status=1; continue; }
    awk -v criterion="$criterion" -v possible="$possible" '
        / mutants killed/ { for (i = 1; i <= NF; i++) if ($i == "mutants") killed = $(i - 3) }
        / vectors, / { sub(/ vectors, /, "|"); sub(/ steps.*/, ""); gsub(/ /, ""); split($0, part, "|") }
        /^of .* specs only/ { cut = $2 " of " $4 }
        END {
            if (possible == 0) exit 1
            printf "%-16s %12s %12s %6d of %d (%.1f %%)", criterion, part[1], part[2], killed, possible, 100 * killed / possible
            if (cut != "") printf " (of %s specs only the first million vectors in breadth-first order)", cut
            printf "\n"
        }' "$work/$criterion" || status=1
done
exit $status
