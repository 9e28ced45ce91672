#!/bin/sh
# The committed suite is what its rulebook gives today:  sh tests/vectors/suite.sh [ENIMC]   (TAP)
cd "$(dirname "$0")/../.." || exit 2
enimc=${1:-./enimc}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0
number=0

is() {
    name=$1
    number=$((number + 1))
    shift
    if "$@" >"$work/why" 2>&1; then
        echo "ok $number - $name"
    else
        failed=1
        echo "not ok $number - $name"
        head -40 "$work/why" | sed 's/^/# /'
    fi
}

is 'the suite is made' "$enimc" vectors specs/ec2/default.yaml specs/ec2/universes/*.yaml -o "$work/suite"
cp "$work/why" "$work/said"
is 'it is the committed one; otherwise: make suite' diff -rq -x README.md -x CHANGELOG.md "$work/suite" vectors/suite
is 'one thread gives the same bytes' "$enimc" vectors specs/ec2/universes/elastic-ips.yaml specs/ec2/universes/addresses.yaml \
    -o "$work/one" --threads 1
is 'two threads do' "$enimc" vectors specs/ec2/universes/elastic-ips.yaml specs/ec2/universes/addresses.yaml \
    -o "$work/two" --threads 2
is 'and they are the same' diff -r "$work/one" "$work/two"
is 'no mutant is left unknown' grep -q '"unknown": 0$' "$work/suite/manifest.json"
is 'vectors are short' sh -c 'test "$(sed -n "s/.*\"median\": //p" "$1")" -le 3' - "$work/suite/manifest.json"
is 'core vectors are few' sh -c 'n=$(sed -n "s/.*\"core\": \([0-9]*\),/\1/p" "$1" | head -1); test "$n" -ge 150 -a "$n" -le 430' - \
    "$work/suite/manifest.json"
is 'a million evaluations of a mutant a second at least' sh -c \
    'n=$(sed -n "s/^kill matrix: .*, \([0-9]*\)[.][0-9] million.*/\1/p" "$1"); test "$n" -ge 1' - "$work/said"
if python3 -c 'import jsonschema' 2>/dev/null; then
    is 'it follows the schemas' python3 tests/vectors/validate.py "$work/suite"
fi
echo "1..$number"
exit $failed
