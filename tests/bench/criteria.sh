#!/bin/sh
# How good are criteria for choosing tests?  sh tests/bench/criteria.sh ENIMC [SPEC...]     (default: the EC2 rulebook)
#
# Vectors are only counted. A mutant counts as killed if some step of some vector is answered differently by it or
# leads elsewhere; those that are proved equivalent in the scopes are left out.
enimc=${1:?usage: criteria.sh ENIMC [SPEC...]}
shift
[ $# -gt 0 ] || set -- specs/ec2/default.yaml specs/ec2/universes/*.yaml
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
status=0
printf '%-16s %12s %12s %15s\n' criterion vectors steps 'mutants killed'
for criterion in state operation-code decision transitions random mutants; do
    "$enimc" vectors "$@" --criterion "$criterion" >"$work/out" || { status=1; continue; }
    awk -v criterion="$criterion" '
        / mutants killed/ { for (i = 1; i <= NF; i++) { if ($i == "mutants") { killed = $(i - 3); total = $(i - 1) } if ($i == "equivalent") total -= $(i - 1) } }
        / vectors, / { sub(/ vectors, /, "|"); sub(/ steps.*/, ""); gsub(/ /, ""); split($0, part, "|") }
        /^of .* specs only/ { cut = $2 " of " $4 }
        END {
            printf "%-16s %12s %12s %6d of %d (%.1f %%)", criterion, part[1], part[2], killed, total, 100 * killed / total
            if (cut != "") printf " (of %s specs only the first million vectors in breadth-first order)", cut
            printf "\n"
        }' "$work/out"
done
exit $status
