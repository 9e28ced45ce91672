#!/bin/sh
# The server and the runners of suites, as a user has them:  sh tests/serve.sh [ENIMC]   (TAP)
enimc=${1:-./enimc}
cd "$(dirname "$0")/.." || exit 2
work=$(mktemp -d) || exit 2
server=''
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 2' INT TERM
number=0 failed=0

is() { # NAME COMMAND...
    name=$1
    number=$((number + 1))
    shift
    if "$@" >"$work/why" 2>&1; then
        echo "ok $number - $name"
    else
        failed=1
        echo "not ok $number - $name"
        head -30 "$work/why" | sed 's/^/# /'
    fi
}
skip() { # NAME REASON
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}
has() { grep -q -e "$2" "$1" || { cat "$1" && false; }; }
ends() { # STATUS TEXT COMMAND...
    status=$1 text=$2
    shift 2
    "$@" >"$work/out" 2>&1
    [ $? -eq "$status" ] && has "$work/out" "$text"
}

begin() { # OPTIONS...: $url
    : >"$work/log"
    "$enimc" serve --listen 127.0.0.1:0 "$@" >"$work/log" 2>&1 &
    server=$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        url=$(sed -n 's/^serving on //p' "$work/log")
        [ -n "$url" ] && return 0
        sleep 0.2
    done
    cat "$work/log"
    return 1
}
end() { # SIGTERM ends it with status 0
    kill "$server" && wait "$server"
    status=$?
    server=''
    [ "$status" -eq 0 ]
}

is 'a rulebook that is not of EC2' ends 2 'includes ec2/kinds.yaml' "$enimc" serve specs/bench/eni-bench.yaml
is 'a bad address' ends 2 'expected ADDRESS:PORT' "$enimc" serve --listen nowhere
is 'a name is no address' ends 2 'no numeric address' "$enimc" serve --listen localhost:0
echo '{"format": "other"}' >"$work/bad"
is 'a state of something else' ends 2 'expected a state' "$enimc" serve --listen 127.0.0.1:0 --state "$work/bad"

if command -v curl >/dev/null; then
    is 'it starts on a free port' begin --state "$work/state" --log "$work/run"
    call() { # WHAT TEXT: the answer has the text
        curl -s -m 10 -d "$1" "$url" >"$work/answer" && has "$work/answer" "$2"
    }
    value() { sed -n "s/.*<$1>\([^<]*\)<.*/\1/p" "$work/answer"; }
    is 'a VPC' call 'Action=CreateVpc&CidrBlock=10.7.0.0%2F16' '<vpcId>vpc-'
    vpc=$(value vpcId)
    is 'a subnet in it' call "Action=CreateSubnet&VpcId=$vpc&CidrBlock=10.7.1.0/24&AvailabilityZone=us-east-1a" '<cidrBlock>10.7.1.0/24<'
    subnet=$(value subnetId)
    is 'another on its addresses' call "Action=CreateSubnet&VpcId=$vpc&CidrBlock=10.7.1.128/25&AvailabilityZone=us-east-1a" '<Code>InvalidSubnet.Conflict<'
    is 'an interface' call "Action=CreateNetworkInterface&SubnetId=$subnet&PrivateIpAddress=10.7.1.9" '<privateIpAddress>10.7.1.9<'
    eni=$(value networkInterfaceId)
    is 'its address once more' call "Action=CreateNetworkInterface&SubnetId=$subnet&PrivateIpAddress=10.7.1.9" '<Code>InvalidIPAddress.InUse<'
    is 'what is described' call "Action=DescribeNetworkInterfaces&Filter.1.Name=vpc-id&Filter.1.Value.1=$vpc" "<status>available<"
    is 'a filter that nothing meets' call 'Action=DescribeNetworkInterfaces&Filter.1.Name=vpc-id&Filter.1.Value.1=x' '<networkInterfaceSet></networkInterfaceSet>'
    is 'an unknown id' call 'Action=DeleteNetworkInterface&NetworkInterfaceId=eni-0' '<Code>InvalidNetworkInterfaceID.NotFound<'
    is 'an unknown action' call 'Action=MakeCoffee' '<Code>InvalidAction<'
    is 'no action' call 'Version=2016-11-15' '<Code>MissingAction<'
    is 'an unknown parameter' call "Action=DeleteSubnet&SubnetId=$subnet&Colour=red" '<Code>UnknownParameter<'
    is 'a bad escape' call 'Action=%GG' '<Code>MalformedQueryString<'
    is 'a GET' sh -c 'curl -s -m 10 "$1?Action=DescribeNetworkInterfaces&NetworkInterfaceId.1=$2" | grep -q "<status>available<"' - "$url" "$eni"
    is 'a GET without parameters' sh -c 'curl -s -m 10 "$1" | grep -q "<Code>MissingAction<"' - "$url"
    is 'another method' sh -c 'test "$(curl -s -m 10 -X PUT -d "$2" -o /dev/null -w "%{http_code}" "$1")" = 405' - "$url" Action=DescribeVpcs
    is 'a block that is none' call 'Action=CreateVpc&CidrBlock=999.0.0.0/99' '<Code>InvalidParameterValue<'
    is 'a client token' call "Action=CreateNetworkInterface&SubnetId=$subnet&ClientToken=once" '<networkInterfaceId>eni-'
    first=$(value networkInterfaceId)
    is 'once more: no second interface' call "Action=CreateNetworkInterface&SubnetId=$subnet&ClientToken=once" "<networkInterfaceId>$first<"
    is 'the token of another call' call "Action=CreateNetworkInterface&SubnetId=$subnet&PrivateIpAddress=10.7.1.11&ClientToken=once" '<Code>IdempotentParameterMismatch<'
    is 'a prefix' call "Action=AssignPrivateIpAddresses&NetworkInterfaceId=$eni&Ipv4PrefixCount=1" '<ipv4Prefix>10.7.1.32/28<'
    is 'a subnet without IPv6' call "Action=AssignIpv6Addresses&NetworkInterfaceId=$eni&Ipv6AddressCount=1" '<Code>InvalidParameterValue<'
    is 'the second of a zone has it' call "Action=CreateSubnet&VpcId=$vpc&CidrBlock=10.7.2.0/24&AvailabilityZone=us-east-1a" '<cidrBlock>10.7.2.0/24<'
    second=$(value subnetId)
    is 'an interface there' call "Action=CreateNetworkInterface&SubnetId=$second" '<networkInterfaceId>eni-'
    six=$(value networkInterfaceId)
    is 'an IPv6 address' call "Action=AssignIpv6Addresses&NetworkInterfaceId=$six&Ipv6AddressCount=1" '<assignedIpv6Addresses><item>2001:db8:'
    is 'an IPv6 prefix' call "Action=AssignIpv6Addresses&NetworkInterfaceId=$six&Ipv6PrefixCount=1" '/80</item>'
    head -c 400000 /dev/zero | tr '\0' 'a' >"$work/large"
    is 'a body that is too large' sh -c 'test "$(curl -s -m 20 -o /dev/null -w "%{http_code}" -H "Expect:" --data-binary "@$2" "$1")" = 413' - "$url" "$work/large"
    is 'it is still there' call "Action=DescribeNetworkInterfaces&NetworkInterfaceId.1=$eni" '10.7.1.9'
    is 'SIGTERM ends it' end
    is 'the state is saved' has "$work/state" 'enimc-server-state'
    is 'and nothing else is left of it' test ! -e "$work/state.part"
    is 'the log is a run of the rulebook' ends 0 'holds        one_primary_address' "$enimc" check specs/ec2/wire/account.yaml --trace "$work/run"
    sed 's/InvalidIPAddress.InUse/InvalidIPAddress.NotFound/' "$work/run" >"$work/changed"
    is 'a changed log is none' ends 2 "error\[trace\]: 'CreateNetworkInterface' answers InvalidIPAddress.InUse" "$enimc" check specs/ec2/wire/account.yaml --trace "$work/changed"
    sed '$d' "$work/run" | sed 2d >"$work/changed"
    is 'nor one without its first call' ends 2 'error\[trace\]' "$enimc" check specs/ec2/wire/account.yaml --trace "$work/changed"
    is 'a log that cannot be written' ends 2 'cannot be written' "$enimc" serve --listen 127.0.0.1:0 --log "$work/no/run"
    is 'it goes on with it' begin --state "$work/state" --log "$work/run"
    is 'and knows the ids' call "Action=DescribeNetworkInterfaces&NetworkInterfaceId.1=$eni" '10.7.1.9'
    is 'deletes' call "Action=DeleteNetworkInterface&NetworkInterfaceId=$eni" '<return>true<'
    is 'a deleted id never returns' call "Action=DescribeNetworkInterfaces&NetworkInterfaceId.1=$eni" '<Code>InvalidNetworkInterfaceID.NotFound<'
    is 'SIGTERM ends it' end
    is 'the log of the second run begins where the first ended' ends 0 'holds        one_primary_address' "$enimc" check specs/ec2/wire/account.yaml --trace "$work/run"
    cp "$work/state" "$work/damaged"
    head -c 300 "$work/state" >"$work/damaged"
    is 'half a state' ends 2 "damaged: " "$enimc" serve --listen 127.0.0.1:0 --state "$work/damaged"
    is 'a state that cannot be written' begin --state "$work/no/state"
    is 'is said in the end' sh -c 'kill "$1"; wait "$1"; test $? -ne 0' - "$server"
    kill "$server" 2>/dev/null
    wait "$server"
    server=''
    is 'the message' has "$work/log" 'no/state: cannot be written'
    is 'what takes a second' begin --latency 1
    is 'a VPC' call 'Action=CreateVpc&CidrBlock=10.7.0.0/16' '<vpcId>vpc-'
    vpc=$(value vpcId)
    is 'a subnet' call "Action=CreateSubnet&VpcId=$vpc&CidrBlock=10.7.1.0/24&AvailabilityZone=us-east-1a" '<subnetId>'
    subnet=$(value subnetId)
    is 'an instance' call "Action=RunInstances&ImageId=ami-0123456789abcdef0&InstanceType=t3.micro&MinCount=1&MaxCount=1&SubnetId=$subnet" '<name>pending<'
    is 'is pending at first' call 'Action=DescribeInstances' '<name>pending<'
    sleep 1.5
    is 'and runs then' call 'Action=DescribeInstances' '<name>running<'
    is 'SIGTERM ends it' end
    is 'a slow service' begin --latency 600
    is 'a VPC' call 'Action=CreateVpc&CidrBlock=10.7.0.0/16' '<vpcId>vpc-'
    vpc=$(value vpcId)
    is 'a subnet' call "Action=CreateSubnet&VpcId=$vpc&CidrBlock=10.7.1.0/24&AvailabilityZone=us-east-1a" '<subnetId>'
    subnet=$(value subnetId)
    is 'an interface' call "Action=CreateNetworkInterface&SubnetId=$subnet" '<status>pending<'
    eni=$(value networkInterfaceId)
    is 'is pending for a while' call "Action=DescribeNetworkInterfaces&NetworkInterfaceId.1=$eni" '<status>pending<'
    is 'SIGTERM ends it' end
else
    skip 'the server answers' 'curl is not installed'
fi

if [ -d /proc/self ] && command -v python3 >/dev/null; then
    is 'a server for bad clients' begin
    port=${url##*:} allowance=1
    case $enimc in *asan* | *stress*) allowance=200 ;; esac # what is freed is kept for a while
    python3 tests/serve-hostile.py "${port%/}" "$server" "$allowance" >"$work/hostile" 2>&1
    while IFS= read -r line; do
        case $line in
        'ok '*) is "bad clients: ${line#ok * - }" true ;;
        'not ok '*) is "bad clients: ${line#not ok * - }" sh -c 'grep -A1 -F -e "$1" "$2"; false' - "$line" "$work/hostile" ;;
        esac
    done <"$work/hostile"
    is 'the bad clients came to their end' has "$work/hostile" '^1\.\.[0-9]'
    is 'SIGTERM ends it' end
else
    skip 'bad clients' 'python3 or /proc is missing'
fi

# Every format of one suite, each used by what it is for.
spec=specs/ec2/universes/subnets.yaml
is 'all formats' "$enimc" vectors "$spec" -o "$work/suite" --formats jsonl,itf,pytest,cli,go,c
is 'tours' "$enimc" vectors "$spec" -o "$work/tours" --tours --formats pytest
is 'tours of another rulebook' "$enimc" vectors tests/vectors/small-vpc.yaml -o "$work/small-tours" --tours
is 'they are the same with one thread' "$enimc" vectors "$spec" -o "$work/tours-again" --tours --formats pytest --threads 1
is 'byte by byte' diff -r "$work/tours" "$work/tours-again"
is 'an unknown format' ends 2 'expected some of' "$enimc" vectors "$spec" -o "$work/none" --formats jsonl,word
is 'a rulebook without a mapping' ends 2 'speak of calls of EC2' "$enimc" vectors tests/vectors/small-vpc.yaml -o "$work/none" --formats go
is 'nothing is written then' test ! -e "$work/none"
is 'formats without calls are for every rulebook' "$enimc" vectors tests/vectors/small-vpc.yaml -o "$work/small" --formats jsonl,itf,c
is 'the script is one' sh -n "$work/suite/cli/subnets.sh"
printf '#include "c/subnets.h"\n#include "c/small-vpc.h"\nint main(void) { return enimc_subnets_count == 0 || enimc_small_vpc_count == 0; }\n' >"$work/table.c"
cp "$work/small/c/small-vpc.h" "$work/suite/c/"
if command -v cc >/dev/null; then
    is 'the C tables compile' cc -std=c11 -Wall -Wextra -Wpedantic -Werror -I "$work/suite" -o "$work/table" "$work/table.c"
    is 'and are not empty' "$work/table"
else
    skip 'the C tables compile' 'cc is not installed'
fi
if command -v python3 >/dev/null; then
    is 'tours show what the vectors show' python3 tests/vectors/tours.py "$work/suite" "$work/tours"
    is 'JSON Lines and ITF' python3 tests/vectors/formats.py "$work/suite" "$work/small"
else
    skip 'JSON Lines and ITF' 'python3 is not installed'
fi
if command -v go >/dev/null; then
    is 'the Go test compiles' sh -c 'cd "$1/suite/go" && GOFLAGS=-mod=mod GOPROXY=off GOCACHE="$1/gocache" go vet ./...' - "$work"
else
    skip 'the Go test compiles' 'go is not installed'
fi
if python3 -c 'import boto3, pytest' 2>/dev/null; then
    is 'a server for the suite' begin
    is 'pytest passes against it' env ENIMC_WAIT=10 ENIMC_ENDPOINT="$url" python3 -m pytest -q -p no:cacheprovider "$work/suite/pytest/test_vectors.py"
    is 'the vectors with a new default group are among them' sh -c 'grep -q "\"find\": \[$" "$1" && grep -q "\"id\": \"create-vpc-unhurt\"" "$1"' - "$work/suite/pytest/subnets.calls.json"
    is 'and its tours' env ENIMC_WAIT=10 ENIMC_ENDPOINT="$url" python3 -m pytest -q -p no:cacheprovider "$work/tours/pytest/test_vectors.py"
    is 'SIGTERM ends it' end
else
    skip 'pytest passes against the server' 'python3 with boto3 and pytest is not installed'
fi

# The AWS CLI takes a second a call: a vector of each runner always, all of them with ENIMC_SLOW_TESTS=1.
is 'a suite for the AWS CLI' "$enimc" vectors specs/ec2/universes/describe.yaml -o "$work/describe" --formats cli,go
sample=describe-network-interfaces-dsn-p1
only="^TestVectors\$/^$sample\$"
[ -z "$ENIMC_SLOW_TESTS" ] || sample='' only=TestVectors
export AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b AWS_EC2_METADATA_DISABLED=true
if command -v aws >/dev/null && aws --version >/dev/null 2>&1; then
    is 'a server for the script' begin
    # shellcheck disable=SC2086
    is 'the AWS CLI passes against it' env ENIMC_WAIT=10 ENIMC_ENDPOINT="$url" sh -c 'sh "$@" >"$0" && grep "^ok 1 - describe" "$0"' "$work/tap" "$work/describe/cli/describe.sh" $sample
    is 'no vector is left out' sh -c '! grep -i "^not ok\|# skip" "$1"' - "$work/tap"
    if command -v go >/dev/null; then
        is 'the Go test passes against it' env ENIMC_WAIT=10 ENIMC_ENDPOINT="$url" GOFLAGS=-mod=mod GOPROXY=off GOCACHE="$work/gocache" sh -c 'cd "$1/describe/go" && go test -count=1 -timeout 30m -v -run "$2" ./... >"$1/go.out" 2>&1 && grep "PASS: TestVectors/describe" "$1/go.out" || { cat "$1/go.out" && false; }' - "$work" "$only"
    else
        skip 'the Go test passes against the server' 'go is not installed'
    fi
    is 'SIGTERM ends it' end
else
    skip 'the AWS CLI passes against the server' 'aws is not installed'
    skip 'the Go test passes against the server' 'aws is not installed'
fi
if [ -z "$ENIMC_SLOW_TESTS" ]; then
    skip 'pytest passes with the whole default universe' 'minutes; ENIMC_SLOW_TESTS=1 runs it'
elif python3 -c 'import boto3, pytest' 2>/dev/null; then
    is 'the suite of the default universe' "$enimc" vectors specs/ec2/default.yaml -o "$work/default" --formats pytest
    is 'a server for it' begin
    # the account served has indexes to 31, not to 2
    is 'pytest passes with the whole default universe' env ENIMC_WAIT=90 ENIMC_ENDPOINT="$url" python3 -m pytest -q -p no:cacheprovider -k "not att-p13" "$work/default/pytest/test_vectors.py"
    is 'SIGTERM ends it' end
else
    skip 'pytest passes with the whole default universe' 'python3 with boto3 and pytest is not installed'
fi
echo "1..$number"
exit $failed
