#!/bin/sh
# The empty account for the vectors of a spec:  sh tests/vectors/world.sh specs/ec2/universes/NAME.yaml > world.yaml
#
# All rules, the limits and the objects of that spec, so that `enimc serve` has room for just this fixture, but nothing is there yet.
cd "$(dirname "$0")/../.." || exit 2
echo "title: an empty account
include: [$(pwd)/specs/ec2/everything.yaml]"
awk '/^[a-z]/ { keep = /^(set|scope):/ } keep' "$1"
cat <<'END'

initially:
  - "for v in vpc: v.status := absent; for s in subnet: s.status := absent; for g in security_group: g.status := absent"
  - "for g in internet_gateway: g.status := absent"
END
