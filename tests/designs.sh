#!/bin/sh
# Bundled specs with their known answers:  sh tests/designs.sh PROGRAM   (TAP)
cd "$(dirname "$0")/.." || exit 2
enimc=$1 number=0 bad=0
expect() { # STATUS TEXT ARGUMENTS...
    wanted=$1 text=$2
    shift 2
    number=$((number + 1))
    output=$("$enimc" "$@" 2>&1)
    status=$?
    case $output in *"$text"*) found=1 ;; *) found=0 ;; esac
    if [ "$status" -eq "$wanted" ] && [ $found -eq 1 ]; then echo "ok $number - $*"
    else bad=1; echo "not ok $number - $*"; echo "# exit status $status, expected $wanted, with '$text'"; fi
}
expect 1 "violated     service_comes_back (there is no way back at all, after 3 steps)" check specs/designs/ha-pair.yaml
expect 0 "holds        service_comes_back (exhaustive; worst case: 1 API call)" check specs/designs/ha-pair-repaired.yaml
expect 0 "27 of 27 actions, 70 of 129 checks, 28 of 42 error codes" check specs/ec2/default.yaml
for spec in specs/ec2/universes/*.yaml; do expect 0 ", complete" check "$spec"; done
for spec in specs/classic/*.yaml; do
    states=$(sed -n 's/^# states: *//p' "$spec" | head -1)
    depth=$(sed -n 's/^# depth: *//p' "$spec" | head -1)
    status=$(sed -n 's/^# exit: *//p' "$spec" | head -1)
    grouped=$(echo "$states" | tr -d ' ' | rev | sed 's/\([0-9]\{3\}\)/\1 /g' | rev | sed 's/^ *//')
    expect "${status:-0}" "explored: $grouped states" check "$spec"
    expect "${status:-0}" "depth $depth" check "$spec"
done
echo "1..$number"
exit $bad
