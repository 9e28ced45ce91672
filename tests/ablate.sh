#!/bin/sh
# What `enimc ablate` says of a small system:  sh tests/ablate.sh build/release        (prints TAP)
cd "$(dirname "$0")/.." || exit 2
enimc=${1:?usage: tests/ablate.sh BUILD-FOLDER}/enimc
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT INT TERM
number=0 bad=0
check() { # NAME STATUS
    number=$((number + 1))
    if [ "$2" -eq 0 ]; then echo "ok $number - $1"; else echo "not ok $number - $1"; bad=1; fi
}

cat > "$work/locks.yaml" <<'END'
kinds:
  door: { state: { locked: bool, open: bool, knocks: 0..3 } }
scope: { door: 2 }
actions:
  Open:
    parameters: { d: door }
    checks:
      - { id: needs-unlocked, require: "not d.locked", else: Locked }
      - { id: needs-closed, require: "not d.open", else: AlreadyOpen }
      - { id: one-at-a-time, require: "count(x in door: x.open) < 1", else: TooMany }
    effects: [ { id: opens, do: "d.open := true" } ]
  Close: { parameters: { d: door }, effects: [ { id: closes, do: "d.open := false" } ] }
  Lock:
    parameters: { d: door }
    checks: [ { id: closed-first, require: "not d.open", else: StillOpen } ]
    effects: [ { id: locks, do: "d.locked := true" } ]
  Knock: { parameters: { d: door }, when: "d.knocks < 3", effects: [ { id: counts, do: "d.knocks := d.knocks + 1" } ] }
properties:
  locked_means_closed: { invariant: "forall d in door: d.locked implies not d.open" }
  one_open: { invariant: "count(d in door: d.open) <= 1" }
  opens: { reachable: "door1.open" }
END
"$enimc" ablate "$work/locks.yaml" --format csv > "$work/one.csv"
check "exit 0 although rules matter" $?
cat > "$work/expected" <<'END'
needs-unlocked,Open,check,dropped,8,violated,locked_means_closed,2
needs-closed,Open,check,dropped,9,none,,
one-at-a-time,Open,check,+1,10,violated,one_open,2
one-at-a-time,Open,check,-1,10,unreachable,opens,0
opens,Open,effect,dropped,11,unreachable,opens,0
closed-first,Lock,check,dropped,15,violated,locked_means_closed,2
locks,Lock,effect,dropped,16,none,,
counts,Knock,effect,+1,17,none,,
END
grep -vxF -f "$work/one.csv" "$work/expected" | sed 's/^/# missing: /'
! grep -vxF -f "$work/one.csv" "$work/expected" > /dev/null
check "what each rule carries" $?
"$enimc" ablate "$work/locks.yaml" --threads 1 > "$work/one.txt"
"$enimc" ablate "$work/locks.yaml" --threads 3 > "$work/three.txt"
cmp -s "$work/one.txt" "$work/three.txt"
check "the same with one worker and with three" $?
grep -q '^carry none of these properties, proved for this scope: locks, counts' "$work/one.txt"
check "rules that carry nothing are named" $?
"$enimc" ablate "$work/locks.yaml" --max-states 2 > "$work/limit.txt"
[ $? -eq 3 ] && grep -q ' unknown$' "$work/limit.txt" && grep -q 'were not decided (state limit)' "$work/limit.txt"
check "a limit ends in unknown" $?
"$enimc" ablate specs/ec2/default.yaml > "$work/stopped.txt" &
sleep 3
kill $!
wait $!
[ $? -eq 3 ] && grep -q ' unknown$' "$work/stopped.txt"
check "SIGTERM ends it, with its workers" $?
exit $bad
