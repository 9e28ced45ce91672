#!/bin/sh
# --output loses nothing that a user made:  sh tests/output.sh build/release/enimc        (prints TAP)
cd "$(dirname "$0")/.." || exit 2
enimc=$(cd "$(dirname "${1:?usage: tests/output.sh PROGRAM}")" && pwd)/$(basename "$1")
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT INT TERM
number=0 bad=0
check() { # NAME STATUS
    number=$((number + 1))
    if [ "$2" -eq 0 ]; then echo "ok $number - $1"; else echo "not ok $number - $1"; bad=1; fi
}
cp specs/classic/peterson.yaml "$work/in.yaml"
cd "$work" || exit 2

"$enimc" check in.yaml -o in.yaml >/dev/null 2>error
[ $? -eq 2 ] && grep -q 'is the input' error && cmp -s in.yaml "$OLDPWD/specs/classic/peterson.yaml"
check "the input is not overwritten" $?
ln in.yaml twin.yaml
"$enimc" check in.yaml -o twin.yaml >/dev/null 2>error
[ $? -eq 2 ]
check "nor by another of its names" $?
mkfifo pipe
head -n 1 pipe >from-pipe &
"$enimc" check in.yaml -o pipe >/dev/null 2>error
wait
[ -p pipe ] && grep -q '^in.yaml: ' from-pipe
check "a pipe is written and stays one" $?
echo old >target
ln -s target link
"$enimc" check in.yaml -o link >/dev/null 2>error
[ -L link ] && grep -q '^in.yaml: ' target
check "a link stays one" $?
ln -s later dangling
"$enimc" check in.yaml -o dangling >/dev/null 2>error
[ -L dangling ] && grep -q '^in.yaml: ' later
check "also one whose file is not there yet" $?
"$enimc" check --quiet in.yaml -o quiet >said 2>&1
[ ! -s said ] && grep -q '^in.yaml: ' quiet
check "--quiet says nothing but writes the file" $?
echo precious >kept
"$enimc" check missing.yaml -o kept >/dev/null 2>error
[ $? -eq 2 ] && [ "$(cat kept)" = precious ] && [ ! -e kept.part ]
check "a failed run leaves the file alone" $?
cat "$OLDPWD/tests/verify/eip-race.yaml" >pipe &
timeout 20 "$enimc" verify pipe >said 2>&1
[ $? -eq 1 ] && grep -q '^pipe: ' said
check "verify reads a spec from a pipe" $?
cat "$OLDPWD/tests/designs/nat-gateway-before-gateway-bad.json" >pipe &
timeout 20 "$enimc" verify pipe >said 2>&1
[ $? -eq 1 ] && grep -q '^pipe: ' said
check "and a plan" $?
timeout 20 "$enimc" verify - <"$OLDPWD/tests/designs/nat-gateway-before-gateway-bad.json" >said 2>&1
[ $? -eq 1 ] && grep -q 'RACE-2' said
check "which may come from standard input, too" $?
timeout 20 "$enimc" verify - <"$OLDPWD/tests/verify/eip-race.yaml" >said 2>&1
[ $? -eq 1 ] && ! grep -q '/proc' said
check "as a spec may" $?
"$enimc" import in.yaml --format json >said 2>error
[ $? -eq 2 ] && [ ! -s said ] && grep -q "'--format'" error
check "import writes a spec and has no --format" $?
for command in verify vectors ablate; do "$enimc" $command --help | grep -e ' --format=' -e ' --output=' -e ' --force '; done >said
[ "$(wc -l <said)" -ge 7 ] && ! grep -E '(ablate|verify|vectors):' said
check "the help of a command is about this command" $?
exit $bad
