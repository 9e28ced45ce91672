#!/bin/sh
# The examples of specs/README.md are cases:  sh tests/docs.sh BUILD
#
# Every ```yaml block whose first line is "# spec: NAME" becomes NAME.yaml in a temporary folder and runs as in
# tests/cases.sh.  Also: the document names every diagnostic, and base/diag.def has a case for every code.
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT INT TERM
awk -v folder="$work" '
    /^```yaml/ { getline; if ($0 ~ /^# spec: /) { file = folder "/" $3 ".yaml"; count++ } }
    /^```$/ { file = "" }
    file != "" { print > file }
' specs/README.md
bad=0
sh tests/cases.sh "$1" "$work" || bad=1
count=$(find "$work" -name '*.yaml' | wc -l)

[ "$count" -ge 5 ] || { bad=1; echo "not ok 0 - specs/README.md has examples"; }

# every code of base/diag.def has a case with its message
missing=''
for code in $(sed -n 's/^DIAG([A-Z_]*, "\([a-z-]*\)".*/\1/p' base/diag.def); do
    grep -qF "[$code]" tests/cases/*.yaml || missing="$missing $code"
done
if [ -z "$missing" ]; then
    echo "ok $((count + 1)) - every diagnostic code has a case"
else
    echo "not ok $((count + 1)) - every diagnostic code has a case"
    echo "# without a case:$missing"
    bad=1
fi

# every word of the language is in its reference
missing=''
for word in $(sed -n '/reserved\[\]/,/;/p' model/syntax.c | grep -o '"[a-z]*"' | tr -d '"') \
            $(sed -n '/allowed_keys/!s/.*CHECK_KEYS(loader, [a-z]*, "[a-z ]*", \(.*\)/\1/p' model/load.c | grep -o '"[a-z_]*"' | tr -d '"'); do
    grep -qw -e "$word" specs/README.md || missing="$missing $word"
done
if [ -z "$missing" ]; then
    echo "ok $((count + 2)) - specs/README.md names every word and key"
else
    echo "not ok $((count + 2)) - specs/README.md names every word and key"
    echo "# not named:$missing"
    bad=1
fi
exit $bad
