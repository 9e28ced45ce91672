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
expect 0 "28 of 28 actions, 73 of 159 checks, 26 of 42 error codes" check specs/ec2/default.yaml
for spec in specs/ec2/universes/*.yaml; do expect 0 ", complete" check "$spec"; done
# of the modules' universes: the checks of the module itself are all the first to fail somewhere
expect 0 "57 of 57 checks, 16 of 16 error codes" check specs/ec2/universes/interfaces.yaml
expect 0 "never first to fail: STA-P1, STA-P2, STA-P5, GEN-P4b, STO-P1, STO-P2, STO-P5, STO-P3, and 4 more" check specs/ec2/universes/attachments.yaml
expect 0 "never first to fail: DNI-P2, PFX-4, PFX-4b" check specs/ec2/universes/addresses.yaml
expect 0 "16 of 16 actions, 53 of 91 checks, 12 of 20 error codes" check specs/ec2/universes/prefixes.yaml
expect 0 "11 of 11 actions, 30 of 62 checks, 13 of 20 error codes" check specs/ec2/universes/ipv6.yaml
expect 0 "4 of 4 actions, 13 of 20 checks, 8 of 13 error codes" check specs/ec2/universes/tokens.yaml
expect 0 "5 of 5 actions, 8 of 9 checks, 6 of 7 error codes" check specs/ec2/universes/permissions.yaml
expect 0 "6 of 6 actions, 9 of 27 checks, 4 of 10 error codes" check specs/ec2/universes/describe.yaml
expect 0 "25 of 25 checks, 8 of 8 error codes" check specs/ec2/universes/instances.yaml
expect 0 "never first to fail: TER-P2, TER-P3" check specs/ec2/universes/launch.yaml
expect 0 "never first to fail: TER-P2, TER-P3" check specs/ec2/universes/launch-existing.yaml
expect 0 "never first to fail: TER-P2, TER-P3, RUN-P19e" check specs/ec2/universes/launch-entries.yaml
expect 0 "never first to fail: TER-P2, TER-P3" check specs/ec2/universes/launch-addresses.yaml
expect 0 "reachable    attached_across_vpcs" check specs/ec2/two-vpcs.yaml
expect 1 "unreachable  attached_across_vpcs (exhaustive" check specs/ec2/two-vpcs.yaml --set same_vpc_attachments=on
expect 0 "19 of 19 actions, 38 of" check specs/ec2/universes/attributes.yaml
expect 1 "violated     limits (shortest trace, after 1 step)" check specs/ec2/universes/attributes.yaml --set resize_is_checked_at_start=on
expect 0 "11 of 11 actions, 23 of" check specs/ec2/universes/cards.yaml
expect 0 "holds        elastic_ip_crosses_zones (exhaustive; worst case: 1 API call)" check specs/ec2/universes/zone-outage.yaml
expect 0 "never first to fail: RLA-P9, RLA-P9b, GEN-P4b, STO-P2, STO-P5, STO-P3" check specs/ec2/universes/elastic-ips.yaml
expect 0 "15 of 15 checks, 12 of 12 error codes" check specs/ec2/universes/security-groups.yaml
expect 0 "20 of 20 actions, 22 of 48 checks, 13 of 21 error codes" check specs/ec2/universes/reverse-dns.yaml
expect 0 "26 of 26 actions, 38 of 65 checks, 21 of 29 error codes" check specs/ec2/universes/nat-gateways.yaml
expect 0 "never first to fail: NGW-P2, NGW-P2b, NGW-P3" check specs/ec2/universes/private-nat-gateways.yaml
expect 0 "15 of 15 actions, 27 of 37 checks, 16 of 20 error codes" check specs/ec2/universes/subnets.yaml
expect 0 "5 of 5 actions, 10 of 19 checks, 8 of 12 error codes" check specs/ec2/universes/cidr-blocks.yaml
expect 0 "12 of 12 actions, 21 of 41 checks, 11 of 18 error codes" check specs/ec2/universes/ipv6-blocks.yaml
expect 0 "10 of 10 actions, 22 of 40 checks, 13 of 21 error codes" check specs/ec2/universes/load-balancers.yaml
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
