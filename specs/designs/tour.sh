#!/bin/sh
# The main job on a real design:  sh specs/designs/tour.sh PROGRAM FOLDER-FOR-VECTORS
enimc=$1 folder=$2
step() { printf '\n== %s\n$ enimc %s\n' "$1" "$2"; }

step "1. every reachable state of a pair of firewalls" "check specs/designs/ha-pair.yaml"
"$enimc" check specs/designs/ha-pair.yaml
[ $? -eq 1 ] || { echo "expected a violation (exit status 1)"; exit 1; }
step "2. the repaired design" "check specs/designs/ha-pair-repaired.yaml"
"$enimc" check specs/designs/ha-pair-repaired.yaml || exit 1
step "3. the same by SMT: the shortest violation of the first design ..." \
    "check specs/designs/ha-pair.yaml --engine bmc --max-depth 4"
"$enimc" check specs/designs/ha-pair.yaml --engine bmc --max-depth 4
[ $? -eq 2 ] && exit 1
step "... and proofs for the repaired one: its invariants hold at every depth" \
    "check specs/designs/ha-pair-repaired.yaml --engine kinduction --max-depth 3"
"$enimc" check specs/designs/ha-pair-repaired.yaml --engine kinduction --max-depth 3
[ $? -eq 2 ] && exit 1
step "4. test vectors for another implementation of the same rules" "vectors specs/designs/ha-pair.yaml -o $folder"
"$enimc" vectors specs/designs/ha-pair.yaml -o "$folder" --force | grep -v "^not covered"
