#!/bin/sh
# Input that wants to crash, hang or flood the program:  sh tests/hostile.sh BUILD
#
# Everything is made here, in a temporary folder.  Each must end within 2 s of processor time (20 s with sanitizers) with the exit status
# and the message that are expected.  Prints TAP; "todo" marks what is known to fail.
root=$(cd "$(dirname "$0")/.." && pwd)
program=$(cd "$root" && cd "$(dirname "$1/enimc")" && pwd)/enimc
case $1 in
*release*) limit=2 ;;
*) limit=20 ;;
esac
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work" || exit 2
number=0 bad=0 todo='' space=''
head='kinds: { a: { state: { x: bool, n: a } } }
scope: { a: 2 }
'

# try FILE EXIT TEXT [ARGUMENT...]: the output has the text
try() {
    file=$1 wanted=$2 text=$3
    shift 3
    number=$((number + 1))
    (ulimit -t "$limit" && { [ -z "$space" ] || ulimit -v "$space"; } && exec timeout -s KILL $((10 * limit)) "$program" check "$@" "$file") >out 2>&1 </dev/null
    status=$?
    if [ "$status" = "$wanted" ] && grep -aqF -e "$text" out; then
        echo "ok $number - $file"
        [ -n "$todo" ] && echo "# $file passes now: remove its todo"
    elif [ -n "$todo" ]; then
        echo "ok $number - $file # SKIP todo: $todo (exit status $status)"
    else
        bad=1
        echo "not ok $number - $file"
        echo "# exit status $status, expected $wanted; missing: $text"
        head -c 2000 out | head -8 | tr -d '\000-\010\013-\037' | sed 's/^/#   /'
    fi
    todo=''
}

repeat() { # TEXT COUNT
    awk -v text="$1" -v count="$2" 'BEGIN { for (i = 0; i < count; i++) printf "%s", text }'
}

property() { # a spec with this invariant
    printf '%sproperties:\n  p: { invariant: "%s" }\n' "$head" "$1"
}

# ---- files ----
: >empty.yaml
try empty.yaml 2 'error[no-property]'
mkdir folder
try folder 2 'error[file]: cannot be read: is a folder'
try missing.yaml 2 'error[file]: cannot be read: No such file'
head -c 200000 "$program" >binary.yaml
try binary.yaml 2 'error['
head -c 300000 /dev/zero >zeros.yaml
try zeros.yaml 2 'error[encoding]'
try /dev/zero 2 'error[file]: cannot be read: is larger than 16 MiB'
printf 'title: "a\\0b"\n' >escaped-nul.yaml
try escaped-nul.yaml 2 'error[yaml]: a text contains the character U+0000'
printf 'title: a\000b\n' >nul.yaml
try nul.yaml 2 'nul.yaml:1:9: error[encoding]'
printf 'title: ok\n\nabout: \303\050\n' >utf8.yaml
try utf8.yaml 2 'utf8.yaml:3:9: error[encoding]'
printf 'title: \355\240\200\n' >surrogate.yaml
try surrogate.yaml 2 'error[encoding]'
printf '\377\376k\000i\000' >utf16.yaml
try utf16.yaml 2 'error[encoding]'
printf 'title: \033[31mred\nx\033y: 1\n' >escape.yaml
try escape.yaml 2 'error[encoding]'
repeat 'a' 17000000 >large.yaml
try large.yaml 2 'error[file]: cannot be read: is larger than 16 MiB'
rm -f large.yaml
{ printf 'title: '; repeat 'abcdefgh' 1250000; echo; } >scalar.yaml
try scalar.yaml 2 'error[too-large]: a text of 10000000 bytes'
rm -f scalar.yaml
printf '\tkinds: 3\n' >tab.yaml
try tab.yaml 2 'error[yaml]'
printf 'kinds: {a: 1, a: 2, a: 3}\n' >keys.yaml
try keys.yaml 2 'error[duplicate-key]'
printf '? [a, b]\n: 3\n' >complex-key.yaml
try complex-key.yaml 2 'error[wrong-shape]: a key must be a text'
property 'true' | sed 's/$/\r/' >crlf.yaml
try crlf.yaml 0 'holds        p'
{ printf '\357\273\277'; property 'true'; } >bom.yaml
try bom.yaml 0 'holds        p'

# ---- nesting ----
{ printf 'kinds: '; repeat '[' 100000; } >brackets.yaml
try brackets.yaml 2 'error[too-large]: nested more than 64 levels deep'
{ printf 'kinds: '; repeat '{a: ' 100000; } >braces.yaml
try braces.yaml 2 'error[too-large]: nested more than 64 levels deep'
{ repeat '- ' 100000; echo x; } >dashes.yaml
try dashes.yaml 2 'error[too-large]: nested more than 64 levels deep'
awk 'BEGIN { for (i = 0; i < 2000; i++) { for (j = 0; j < i; j++) printf " "; print "a:" } }' >indented.yaml
try indented.yaml 2 'error[too-large]: nested more than 64 levels deep'
cat >aliases.yaml <<'X'
a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
X
try aliases.yaml 2 'error[yaml]: anchors (&name) are not supported'
echo 'a: &a [*a]' >alias-cycle.yaml
try alias-cycle.yaml 2 'error[yaml]: anchors'
property "$(repeat '(' 5000)true$(repeat ')' 5000)" >parentheses.yaml
try parentheses.yaml 2 'error[syntax]: expected an expression nested less deeply'
property "$(repeat 'not ' 4000)true" >nots.yaml
try nots.yaml 2 'error[syntax]: expected an expression nested less deeply'
property "1 == $(repeat -- 4000)1" >minuses.yaml
try minuses.yaml 2 'error[syntax]: expected an expression nested less deeply'
property "$(repeat 'a1.x implies ' 1000)true" >implications.yaml
try implications.yaml 2 'error[syntax]: expected an expression nested less deeply'
property "$(repeat 'if a1.x then true else ' 500)true" >ifs.yaml
try ifs.yaml 2 'error[syntax]: expected an expression nested less deeply'
{ printf '%s' "$head"; printf 'actions: { A: { effects: [ "'; repeat 'if a1.x then ' 1000; echo 'a1.x := true" ] } }'; } >effects.yaml
try effects.yaml 2 'nested less deeply'
printf 'kinds: { a: { state: { x: "%sbool" } } }\n' "$(repeat 'map bool to ' 1000)" >types.yaml
try types.yaml 2 'error[syntax]: expected a type nested less deeply'
property "$(repeat 'a1.x and ' 25000)true" >expression.yaml
try expression.yaml 2 'error[too-large]: a text of'
property "$(repeat '1 + ' 2000)1 > 0" >long-sum.yaml
try long-sum.yaml 0 'holds        p'
property "$(repeat '1 + ' 4000)1 > 0" >longer-sum.yaml
try longer-sum.yaml 2 'error[too-large]: more than 2048 operators'
property "a1$(repeat .n 8000) == a1" >longer-path.yaml
try longer-path.yaml 2 'error[too-large]: more than 2048 operators'
property "((((a1$(repeat .n 1900))$(repeat .n 1900))$(repeat .n 1900))$(repeat .n 1900)) == a1" >path-in-parentheses.yaml
try path-in-parentheses.yaml 2 'error[too-large]: more than 2048 operators'
property "a1$(repeat .n 2000) == a1" >long-path.yaml
try long-path.yaml 0 'holds        p'
property "$(repeat 'a1.x or ' 2000)true" >long-or.yaml
try long-or.yaml 0 'holds        p'
property "forall $(repeat 'v in a, ' 1)w in a, $(awk 'BEGIN { for (i = 0; i < 1000; i++) printf "v%d in 1..1, ", i }')z in a: true" >binders.yaml
try binders.yaml 0 'holds        p'

# ---- small text, large meaning ----
{
    printf '%sdefinitions:\n  d0(o in a): "o.x"\n' "$head"
    awk 'BEGIN { for (i = 1; i <= 60; i++) printf "  d%d(o in a): \"d%d(o) and d%d(o)\"\n", i, i - 1, i - 1 }'
    echo 'properties: { p: { invariant: "not d60(a1)" } }'
} >definitions.yaml
try definitions.yaml 2 'error['
{
    printf '%sdefinitions:\n  d0: "a1.x"\n' "$head"
    awk 'BEGIN { for (i = 1; i <= 15000; i++) printf "  d%d: d%d\n", i, i - 1 }'
    echo 'properties: { p: { invariant: "not d15000" } }'
} >chain.yaml
try chain.yaml 2 'error[too-large]: more than 2048 operators'
{
    printf '%sdefinitions:\n' "$head"
    awk 'BEGIN { for (i = 0; i < 15000; i++) printf "  d%d: d%d\n", i, i + 1 }'
    echo '  d15000: a1.x'
    echo 'properties: { p: { invariant: "not d0" } }'
} >chain-forward.yaml
try chain-forward.yaml 2 'error[too-large]: more than 2048 operators'
{
    printf '%sdefinitions:\n  d0: a1\n' "$head"
    awk -v path="$(repeat .n 1900)" 'BEGIN { for (i = 1; i <= 80; i++) printf "  d%d: \"d%d%s\"\n", i, i - 1, path }'
    echo 'properties: { p: { invariant: "d80 == a1" } }'
} >paths-through-definitions.yaml
try paths-through-definitions.yaml 2 'error[too-large]: more than 2048 operators'
property 'forall a0 in 0..99, b0 in 0..99, c0 in 0..99, d0 in 0..99, e0 in 0..99: a0 + b0 + c0 + d0 + e0 >= 0' >quantifiers.yaml
try quantifiers.yaml 2 'error['
property 'forall i in 0..1000000000: true' >range.yaml
try range.yaml 2 'error['
printf '%sactions: { A: { parameters: { i: 0..1000000, j: 0..1000000 }, where: "i + j < 0", effects: ["a1.x := true"] } }\nproperties: { p: { invariant: "not a1.x" } }\n' "$head" >parameters.yaml
try parameters.yaml 2 'error['
printf '%sactions: { A: { parameters: { s: set of a }, where: "a1 in s and not a1 in s", effects: ["a1.x := true"] } }\nproperties: { p: { invariant: "not a1.x" } }\n' "$head" >sets.yaml
try sets.yaml 2 'error[' --set a=60
sed 's/n: a/n: set of a/; s/not a1.x/a1 in a1.n/' sets.yaml >set-state.yaml
try set-state.yaml 2 'error[' --set a=4096
cat >objects.yaml <<'X'
kinds: { a: { state: { x: bool, y: 0..3 } } }
scope: { a: 3000 }
actions:
  A: { parameters: { p: a, q: a }, effects: [ "p.x := not q.x; q.y := 2" ] }
properties: { p: { invariant: "true" }, r: { reachable: "a1.x" } }
X
try objects.yaml 2 'error[bad-scope]: the system would be too large'
echo 'kinds: { a: { state: { m: map 0..999999999 to bool } } }' >map.yaml
echo 'scope: { a: 1 }' >>map.yaml
echo 'properties: { p: { invariant: "true" } }' >>map.yaml
try map.yaml 2 'error['
sed 's/0\.\.999999999/-1000000000..1000000000/' map.yaml >map-overflow.yaml
try map-overflow.yaml 2 'error['
{ printf 'enums: { e: [ '; awk 'BEGIN { for (i = 0; i < 200000; i++) printf "a%d, ", i }'; echo 'z ] }'; } >line.yaml
try line.yaml 2 'error[too-large]: an enumeration of 200001 values'
{ echo 'constants:'; awk 'BEGIN { for (i = 0; i < 10000; i++) printf "  c%d: %d\n", i, i }'; } >constants.yaml
try constants.yaml 2 'error[no-property]'
for section in constants definitions enums kinds actions properties; do
    { echo "$section:"; awk 'BEGIN { for (i = 0; i < 100000; i++) printf "  c%d: [ a ]\n", i }'; } >"many-$section.yaml"
    try "many-$section.yaml" 2 'error[too-large]: more than 20000 declarations'
done
{ echo 'kinds:'; awk 'BEGIN { for (i = 0; i < 3000; i++) printf "  k%d: { state: { x: bol } }\n", i }'; } >errors.yaml
try errors.yaml 2 '... and 2900 more errors'
{ printf '%sactions:\n' "$head"; awk 'BEGIN { for (i = 0; i < 10000; i++) printf "  A%d: { effects: [ \"a1.x := true\" ] }\n", i }'; echo 'properties: { p: { reachable: "a1.x" } }'; } >actions.yaml
try actions.yaml 0 'reachable    p'

# ---- includes ----
echo 'include: [ cycle-b.yaml ]' >cycle-a.yaml
echo 'include: [ cycle-a.yaml ]' >cycle-b.yaml
try cycle-a.yaml 2 'error[no-property]'
echo 'include: [ ./self.yaml ]' >self.yaml
try self.yaml 2 'error['
echo 'include: [ folder, missing.yaml, /dev/null/x ]' >bad-includes.yaml
try bad-includes.yaml 2 "error[include]: 'folder' cannot be read: is a folder"
echo 'include: [ binary.yaml ]' >include-binary.yaml
try include-binary.yaml 2 'binary.yaml:'
echo "include: [ $(repeat 'x/' 3000)a.yaml ]" >long-path-include.yaml
try long-path-include.yaml 2 'error[include]'

# ---- memory that is short while terms for Z3 are made ----
cp "$root/specs/bench/eni-bench.yaml" large.yaml
large='--set I=4 --set S=3 --set E=8 --set K=16 --set L=6 --set P=6'
for engine in bmc kinduction; do
    for bytes in 50M 200M; do
        try large.yaml 3 'memory limit' --engine $engine --max-memory $bytes $large
    done
    case $1 in
    *release*) # sanitizers need the space themselves, and see what Z3 loses where it cannot make a context
        try large.yaml 3 'memory limit' --engine $engine --max-memory 1M $large
        for kilobytes in 150000 200000 250000 300000; do
            space=$kilobytes
            try large.yaml 3 'memory limit' --engine $engine $large
            space=''
        done
        ;;
    esac
done

# ---- processes ----
call='kinds: { box: { state: { open: bool } } }
scope: { box: [ b ] }
actions:
  Open: { parameters: { x: box }, checks: [ { require: "not x.open", else: C1 }, { require: "true", else: C2 } ], effects: [ "x.open := true" ] }
properties: { p: { invariant: "true" } }
processes:
  s:
    steps:'
many_steps() {
    printf '%s\n' "$call"
    awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "      s%d: { call: \"Open(x: b)\", on: { any: s%d } }\n", i, (i * 7) % n }'
}
many_steps 2500 >steps.yaml
try steps.yaml 2 'a process of 2500 steps; at most 2000 are allowed'
many_steps 1900 >long.yaml
try long.yaml 0 'holds        p'
{ many_steps 1900; for i in 1 2 3 4; do many_steps 1900 | sed "1,/^processes/d; s/^  s:/  s$i:/"; done; } >answers.yaml
try answers.yaml 2 'more than 20000 declarations, with an action for each answer of each call'

# ---- output ----
property 'true' >fine.yaml
number=$((number + 1))
if timeout -s KILL "$limit" "$program" check fine.yaml >/dev/full 2>out; [ $? = 2 ] && grep -q 'cannot be written' out; then
    echo "ok $number - a full disk"
else
    echo "not ok $number - a full disk"
    bad=1
fi
number=$((number + 1))
if timeout -s KILL "$limit" "$program" check --output nowhere/x fine.yaml >out 2>&1; [ $? = 2 ] && grep -q 'cannot be written' out; then
    echo "ok $number - a folder that does not exist"
else
    echo "not ok $number - a folder that does not exist"
    bad=1
fi
exit $bad
