#!/bin/sh
# The scenarios: what EC2 answers to concrete calls, and what is so afterwards:  sh tests/scenarios.sh PROGRAM   (TAP)
#
# One test for each scenario of tests/scenarios/*.yaml; and for each file two copies with mistakes, in which every scenario
# concerned must be violated: every refusal is turned into ok, every expectation into its contrary.
cd "$(dirname "$0")/.." || exit 2
enimc=$1 number=0 bad=0 least=150
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT INT TERM

tap() { # RESULT NAME [DETAIL]
    number=$((number + 1))
    echo "$1 $number - $2"
    [ "$1" = ok ] || { bad=1; echo "# $3"; }
}

# the names of the scenarios of FILE that have a line with PATTERN
scenarios() {
    awk -v pattern="$2" '
        /^properties:/ { inside = 1; next }
        !inside { next }
        /^  [A-Za-z0-9_]+:$/ { name = $1; sub(":", "", name); seen = 0; next }
        name != "" && !seen && $0 ~ pattern { print name; seen = 1 }' "$1"
}

# plays the scenarios NAMES of FILE; one line for each: name, verdict, reason
play() {
    played=$1
    shift
    options=
    for name in "$@"; do options="$options --property $name"; done
    # shellcheck disable=SC2086 # one word for each option
    "$enimc" check --format json $options "$played" >"$work/report.json" 2>"$work/errors"
    status=$?
    awk -F '": ' '
        /^   "property": / { name = $2; gsub(/[",]/, "", name) }
        /^   "verdict": / { verdict = $2; gsub(/[",]/, "", verdict) }
        /^   "reason": / { print name " " verdict " " substr($0, index($0, ": ") + 2) }' "$work/report.json" >"$work/played"
    return $status
}

# a copy of FILE with mistakes: all scenarios with PATTERN must be violated then, and the exit status be 1
damaged() { # FILE WHAT PATTERN SED-COMMAND
    names=$(scenarios "$1" "$3")
    [ -n "$names" ] || return
    sed -e "s|\.\./\.\./specs|$PWD/specs|g; s|common/|$PWD/tests/scenarios/common/|" -e "$4" "$1" >"$work/damaged.yaml"
    # shellcheck disable=SC2086
    play "$work/damaged.yaml" $names
    status=$?
    unnoticed=$(grep -v ' violated ' "$work/played" | cut -d ' ' -f 1 | tr '\n' ' ')
    found=$(grep -c ' violated ' "$work/played")
    # shellcheck disable=SC2086
    if [ "$status" -eq 1 ] && [ "$found" -eq "$(echo $names | wc -w)" ]; then tap ok "$1: $2"
    else tap "not ok" "$1: $2" "exit status $status; not noticed: $unnoticed $(head -1 "$work/errors")"; fi
}

total=0
for file in tests/scenarios/*.yaml; do
    names=$(scenarios "$file" '^    scenario:')
    # shellcheck disable=SC2086
    play "$file" $names
    status=$?
    if [ "$status" -gt 1 ]; then
        tap "not ok" "$file" "exit status $status: $(head -3 "$work/errors" | tr '\n' ' ')"
        continue
    fi
    for name in $names; do
        line=$(grep "^$name " "$work/played")
        case $line in
        "$name holds "*) tap ok "$file: $name" ;;
        *) tap "not ok" "$file: $name" "${line#* }" ;;
        esac
        total=$((total + 1))
    done
    damaged "$file" "a refusal that does not come is noticed" '-> [A-Z]' 's/-> [A-Z][A-Za-z.]*"/-> ok"/'
    damaged "$file" "a state that is not as expected is noticed" 'expect: "' 's/expect: "\([^"]*\)"/expect: "not (\1)"/'
done
if [ $total -ge $least ]; then tap ok "$total scenarios"; else tap "not ok" "$total scenarios" "at least $least are wanted"; fi
echo "1..$number"
exit $bad
