#!/bin/sh
# Runs the enimc commands of README.md:  sh tests/readme.sh   (TAP).  None may end in 2 or 3, or by a signal.
cd "$(dirname "$0")/.." || exit 2
number=0 bad=0
sed -n 's/^\$ \(\.\/enimc .*\)/\1/p' README.md > "${TMPDIR:-/tmp}/readme.$$"
while read -r command; do
    number=$((number + 1))
    sh -c "$command" > /dev/null 2>&1 < /dev/null
    status=$?
    if [ "$status" -le 1 ]; then echo "ok $number - $command"
    else echo "not ok $number - $command"; echo "# exit status $status"; bad=1; fi
done < "${TMPDIR:-/tmp}/readme.$$"
rm -f "${TMPDIR:-/tmp}/readme.$$"
echo "1..$number"
exit $bad
