#!/bin/sh
# Runs cases:  sh tests/cases.sh BUILD FOLDER [--golden] [NAME...]
#
# A case is a spec whose first comments say what is expected (tests/cases/README.md).  It runs inside its folder, so
# messages name it without a path.  Prints TAP.  --golden renews the golden outputs that exist.
root=$(cd "$(dirname "$0")/.." && pwd)
program=$(cd "$root" && cd "$(dirname "$1/enimc")" && pwd)/enimc
folder=$2
shift 2
renew=false
[ "${1:-}" = --golden ] && renew=true && shift
cd "$root" && cd "$folder" || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT INT TERM
set -f # '*' in arguments is not a pattern
number=0 bad=0

# check_case FILE: writes what is wrong to $work/wrong
check_case() {
    arguments='check' wanted=0 input=/dev/null todo='' in_place=false
    : >"$work/expect"
    : >"$work/expect-not"
    : >"$work/wrong"
    while IFS= read -r line; do
        case $line in
        '# run: '*) arguments=${line#'# run: '} ;;
        '# exit: '*) wanted=${line#'# exit: '} ;;
        '# expect: '*) printf '%s\n' "${line#'# expect: '}" >>"$work/expect" ;;
        '# expect-not: '*) printf '%s\n' "${line#'# expect-not: '}" >>"$work/expect-not" ;;
        '# todo: '*) todo=${line#'# todo: '} ;;
        '# stdin'*) input=$1 ;;
        '#'*) ;;
        *) break ;;
        esac
    done <"$1"
    case $arguments in
    *%* | *' -') in_place=true ;;
    esac
    if $in_place; then
        arguments=$(printf '%s' "$arguments" | sed "s|%|$1|g")
    else
        arguments="$arguments $1"
    fi
    # shellcheck disable=SC2086
    timeout -s KILL 60 "$program" $arguments <"$input" >"$work/out" 2>&1
    status=$?
    [ "$status" = "$wanted" ] || echo "exit status $status, expected $wanted" >>"$work/wrong"
    while IFS= read -r text; do
        grep -qF -e "$text" "$work/out" || echo "missing: $text" >>"$work/wrong"
    done <"$work/expect"
    while IFS= read -r text; do
        grep -qF -e "$text" "$work/out" && echo "unwanted: $text" >>"$work/wrong"
    done <"$work/expect-not"
    golden=$root/tests/golden/$(basename "$1" .yaml).out
    if [ -f "$golden" ]; then
        $renew && cp "$work/out" "$golden"
        diff "$golden" "$work/out" >"$work/diff" || { echo "differs from tests/golden/$(basename "$golden"):" && cat "$work/diff"; } >>"$work/wrong"
    fi
}

set +f
[ $# -eq 0 ] && set -- *.yaml
set -f
[ -e "$1" ] || { echo 1..0 && exit 0; }
echo "1..$#"
for case in "$@"; do
    number=$((number + 1))
    check_case "$case"
    if [ ! -s "$work/wrong" ]; then
        echo "ok $number - $case"
        [ -n "$todo" ] && echo "# $case passes now: remove its '# todo:'"
    elif [ -n "$todo" ]; then
        echo "ok $number - $case # SKIP todo: $todo"
    else
        bad=1
        echo "not ok $number - $case"
        sed 's/^/# /' "$work/wrong"
        echo "# output:"
        head -30 "$work/out" | cut -c1-300 | sed 's/^/#   /'
    fi
done
exit $bad
