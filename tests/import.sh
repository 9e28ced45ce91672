#!/bin/sh
# Plans and what is made of them:  sh tests/import.sh PROGRAM   (TAP)
#
# tests/import/NAME.json or NAME.yaml is the plan or template, NAME.expect says of the answer (spec and messages), line by line:
#     + TEXT    it is there       - TEXT    it is not       exit N    the status; 0 without       with FILE    another input
# Folded comments count as one line.  What was written must be a spec that can be read.
cd "$(dirname "$0")/import" || exit 2
enimc=$(cd ../.. && cd "$(dirname "$1")" && pwd)/$(basename "$1")
number=0 bad=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT INT TERM
for plan in *.json *.yaml; do
    number=$((number + 1))
    with=$(sed -n 's/^with //p' "${plan%.*}.expect")
    # shellcheck disable=SC2086
    "$enimc" import "$plan" $with -o "$work/spec.yaml" >"$work/said" 2>&1 </dev/null
    status=$?
    [ -f "$work/spec.yaml" ] && awk '/^#   / { sub(/^# */, ""); printf "%s", $0; next } NR > 1 { print "" } { printf "%s", $0 } END { print "" }' "$work/spec.yaml" >>"$work/said"
    while IFS= read -r line; do
        text=${line#??}
        case $line in
        'exit '* | 'with '*) ;;
        '+ '*) grep -qF -e "$text" "$work/said" || echo "missing: $text" ;;
        '- '*) grep -qF -e "$text" "$work/said" && echo "unwanted: $text" ;;
        *) echo "not understood: $line" ;;
        esac
    done <"${plan%.*}.expect" >"$work/wrong"
    wanted=$(sed -n 's/^exit //p' "${plan%.*}.expect")
    [ "$status" -eq "${wanted:-0}" ] || echo "exit status $status, expected ${wanted:-0}" >>"$work/wrong"
    if [ "$status" -eq 0 ]; then
        "$enimc" check --dump=rulebook "$work/spec.yaml" >"$work/read" 2>&1 || { echo "the spec cannot be read:" && head -20 "$work/read"; } >>"$work/wrong"
    fi
    if [ -s "$work/wrong" ]; then
        bad=1
        echo "not ok $number - $plan"
        sed 's/^/# /' "$work/wrong"
    else
        echo "ok $number - $plan"
    fi
    rm -f "$work/spec.yaml"
done

# made here: what wants to flood the program; each ends within 2 s (20 s with sanitizers) with this message
case $1 in
*release*) limit=2 ;;
*) limit=20 ;;
esac
hostile() { # NAME MESSAGE
    number=$((number + 1))
    (ulimit -t $limit && "$enimc" import "$work/input" -o "$work/spec.yaml") >"$work/said" 2>&1
    status=$?
    if [ $status -eq 2 ] && grep -qF -e "$2" "$work/said"; then
        echo "ok $number - $1"
    else
        bad=1
        echo "not ok $number - $1"
        echo "# exit status $status, expected 2 with '$2'"
        head -5 "$work/said" | cut -c1-300 | sed 's/^/# /'
    fi
}
many() { awk -v count="$1" -v text="$2" 'BEGIN { for (i = 0; i < count; i++) printf "%s", text }'; }
{ printf '{"format_version": "1.2", "resource_changes": ['; head -c 50000000 /dev/zero | tr '\0' ' '; printf ']}'; } >"$work/input"
hostile "50 MB" "the file has more than 32 MB"
{ printf '{"format_version": "1.2", "resource_changes": '; many 100000 '['; } >"$work/input"
hostile "deep lists" "not well-formed JSON"
printf '{"format_version": "1.2", "resource_changes": [\0]}' >"$work/input"
hostile "a NUL character" "a NUL character"
{
    printf '{"format_version": "1.2", "resource_changes": [], "configuration": {"root_module": '
    many 200 '{"module_calls": {"m": {"module": ' && printf '{}' && many 200 '}}}'
    printf '}}'
} >"$work/input"
hostile "deep modules" "modules are nested more than 50 deep"
rm "$work/input" && mkdir "$work/input"
hostile "a folder" "error[file]"
rmdir "$work/input"
hostile "no file" "error[file]"
echo "1..$number"
exit $bad
