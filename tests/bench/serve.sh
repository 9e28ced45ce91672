#!/bin/sh
# How many calls a second the server answers, beside moto's in the same run:  sh tests/bench/serve.sh ENIMC
#
# Each call is sent over and over on two kept connections by tests/bench/http_load.c.  "of a core": by the processor time
# that the server itself took, which other programs do not change.  moto_server is looked for in the path and in build/venv;
# without it its lines are left out, by name.
cd "$(dirname "$0")/../.." || exit 2
enimc=${1:-./enimc} seconds=${SECONDS_EACH:-3} wanted=20000 bad=0
work=$(mktemp -d) || exit 2
server=''
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 2' INT TERM
PATH=$PATH:$(pwd)/build/venv/bin
for tool in cc curl; do
    command -v "$tool" >/dev/null || { echo "serve: skipped, $tool is not installed"; exit 0; }
done
[ -r /proc/self/stat ] || { echo 'serve: skipped, there is no /proc'; exit 0; }
cc -std=c11 -O2 -D_DEFAULT_SOURCE -o "$work/http_load" tests/bench/http_load.c || exit 2

value() { sed -n "s/.*<$1>\([^<]*\)<.*/\1/p" | head -1; }
send() { curl -s -m 30 -H 'Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0' -d "$1&Version=2016-11-15" "http://127.0.0.1:$port/"; }
ticks() { awk '{ print $14 + $15 }' "/proc/$server/stat"; }
measure() { # NAME WHAT BODY...
    name=$1 what=$2
    shift 2
    before=$(ticks)
    "$work/http_load" "$port" "$seconds" 2 "$@" >"$work/out" || { echo "$name: $what: $(cat "$work/out")"; bad=1; return; }
    after=$(ticks)
    calls=$(sed 's/.*calls\/s, \([0-9]*\) calls.*/\1/' "$work/out")
    rate=$(((calls * $(getconf CLK_TCK)) / (after - before + 1)))
    printf '%-6s %-32s %7s calls/s, %7s of a core\n' "$name" "$what" "$(sed 's/ calls\/s.*//' "$work/out")" "$rate"
    if [ "$name" = enimc ] && [ "$rate" -lt $wanted ]; then
        bad=1
        echo "       less than the $wanted that are wanted"
    fi
}
# An account with a subnet and three interfaces, in which calls are measured.
run() { # NAME
    vpc=$(send 'Action=CreateVpc&CidrBlock=10.7.0.0/16' | value vpcId)
    subnet=$(send "Action=CreateSubnet&VpcId=$vpc&CidrBlock=10.7.1.0/24&AvailabilityZone=us-east-1a" | value subnetId)
    for _ in 1 2 3; do eni=$(send "Action=CreateNetworkInterface&SubnetId=$subnet" | value networkInterfaceId); done
    [ -n "$eni" ] || { echo "$1: makes no interface"; bad=1; return; }
    v='Version=2016-11-15'
    measure "$1" 'DescribeNetworkInterfaces, one' "Action=DescribeNetworkInterfaces&$v&NetworkInterfaceId.1=$eni"
    measure "$1" 'DescribeNetworkInterfaces, all' "Action=DescribeNetworkInterfaces&$v"
    measure "$1" 'CreateNetworkInterface, refused' "Action=CreateNetworkInterface&$v&SubnetId=$subnet&PrivateIpAddress=10.7.1.2"
    measure "$1" 'Assign/UnassignPrivateIpAddresses' "Action=AssignPrivateIpAddresses&$v&NetworkInterfaceId=$eni&PrivateIpAddress.1=10.7.1.20" \
        "Action=UnassignPrivateIpAddresses&$v&NetworkInterfaceId=$eni&PrivateIpAddress.1=10.7.1.20"
}
stop() { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; server=''; }

"$enimc" serve --listen 127.0.0.1:0 >"$work/log" &
server=$! port=''
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    port=$(sed -n 's/^serving on .*:\([0-9]*\)\/$/\1/p' "$work/log")
    [ -n "$port" ] && break
    sleep 0.3
done
[ -n "$port" ] || { echo 'serve: the server does not start'; exit 1; }
run enimc
stop
if command -v moto_server >/dev/null; then
    port=$((20000 + $$ % 20000))
    moto_server -H 127.0.0.1 -p "$port" >"$work/moto" 2>&1 &
    server=$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
        curl -s -o "$work/ready" "http://127.0.0.1:$port/moto-api/" && break
        sleep 0.5
    done
    run moto
    stop
else
    echo "moto: skipped, moto_server is not installed (pip install 'moto[server]')"
fi
exit $bad
