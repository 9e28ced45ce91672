#!/bin/sh
# The enimc commands of README.md do what it shows:  sh tests/readme.sh BUILD   (TAP)
#
# A command is a line "$ ./enimc ..." in a ```console block; what follows it, up to the next "$" or the end of the block, is
# its whole output, word for word, and "..." alone in a line stands for any lines.  Durations, rates and bytes are masked.
# The exit status is 1 if the shown answer has a violation, otherwise 0.
cd "$(dirname "$0")/.." || exit 2
program=${1:?usage: readme.sh BUILD}/enimc
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT INT TERM
awk -v folder="$work" '
    /^```console/ { inside = 1; next }
    /^```/ { inside = 0; file = "" }
    !inside { next }
    /^\$ / { file = "" }
    sub(/^\$ \.\/enimc /, "") { count++; file = sprintf("%s/%02d", folder, count); print > (file ".command"); next }
    file != "" { print > (file ".shown") }
' README.md

mask() {
    sed -E 's/[0-9]+([.][0-9]+)? ?(ms|s|seconds|MB|KB|GB|MiB|KiB|bytes|states\/s)([^a-z]|$)/N \2\3/g'
}

# The lines of $1 are those of $2, where "..." in $1 is any lines
alike() {
    awk 'NR == FNR { shown[++n] = $0; next } { real[++m] = $0 }
        END { # good[j]: the lines shown so far can be the first j real ones
            good[0] = 1
            for (i = 1; i <= n; i++) {
                if (shown[i] == "...") { for (j = 1; j <= m; j++) if (good[j - 1]) good[j] = 1 }
                else { for (j = m; j >= 1; j--) good[j] = good[j - 1] && shown[i] == real[j]; good[0] = 0 }
            }
            exit !good[m] }' "$1" "$2"
}

number=0 bad=0 compared=0
for file in "$work"/*.command; do
    number=$((number + 1))
    command=$(cat "$file") shown=${file%.command}.shown wanted=0
    # the blanks of a command separate its arguments
    # shellcheck disable=SC2086
    "$program" $command >"$work/out" 2>&1 </dev/null
    status=$?
    good=yes
    if [ -s "$shown" ]; then
        compared=$((compared + 1))
        grep -qE '^(violated|unreachable|fails in) ' "$shown" && wanted=1
        mask <"$shown" >"$work/a"
        mask <"$work/out" >"$work/b"
        alike "$work/a" "$work/b" || good=no
    fi
    if [ $status -eq $wanted ] && [ $good = yes ]; then
        echo "ok $number - enimc $command"
    else
        bad=1
        echo "not ok $number - enimc $command"
        echo "# exit status $status, expected $wanted; README.md (<) and the output (>):"
        if [ $good = no ]; then diff "$work/a" "$work/b"; else cat "$work/out"; fi | head -40 | sed 's/^/#   /'
    fi
done
number=$((number + 1))
if [ $compared -ge 3 ]; then
    echo "ok $number - README.md shows outputs"
else
    bad=1
    echo "not ok $number - README.md shows outputs: only $compared"
fi
echo "1..$number"
exit $bad
