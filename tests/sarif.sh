#!/bin/sh
# SARIF logs against the schema of SARIF 2.1.0:  sh tests/sarif.sh PROGRAM   (TAP)
#
# The schema comes with the package pydantic-sarif, whose classes are made from it; it is put into a virtual
# environment below build/.  Without it, the structure that tests/findings.py asks for is all that is checked.
cd "$(dirname "$0")/.." || exit 2
python=build/sarif/bin/python
if ! $python -c 'import pydantic_sarif' 2>/dev/null; then
    { python3 -m venv build/sarif && timeout 120 $python -m pip --quiet --retries 0 --timeout 10 install pydantic-sarif==0.1.1; } >/dev/null 2>&1
fi
$python -c 'import pydantic_sarif' 2>/dev/null || { echo "ok 1 - SARIF against its schema # SKIP pydantic-sarif cannot be had" && exit 0; }
exec $python tests/sarif.py "${1:?usage: tests/sarif.sh PROGRAM}"
