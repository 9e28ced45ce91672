#!/bin/sh
# The replayer against the server, right and wrong ones:  sh tests/replay.sh [ENIMC]   (TAP)
enimc=${1:-./enimc}
cd "$(dirname "$0")/.." || exit 2
root=$(pwd)
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
has() { grep -q -e "$2" "$1" || { cat "$1" && false; }; }
ends() { # STATUS TEXT COMMAND...
    status=$1 text=$2
    shift 2
    "$@" >"$work/out" 2>&1
    found=$?
    [ "$found" -eq "$status" ] || { echo "status $found"; cat "$work/out"; return 1; }
    has "$work/out" "$text"
}
begin() { # COMMAND...: $url
    : >"$work/log"
    "$@" >"$work/log" 2>&1 &
    server=$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
        url=$(sed -n 's/^serving on //p' "$work/log")
        [ -n "$url" ] && return 0
        sleep 0.2
    done
    cat "$work/log"
    return 1
}
end() {
    kill "$server" && wait "$server" 2>/dev/null
    server=''
    true
}
# A world that has what the group's vectors speak of, and every rule.
world() { # SPEC [FOLDER]
    folder=${2:-$root/specs}
    echo 'title: the world of a group'
    echo 'include:'
    sed -n 's/^  - \([a-z-]*\.yaml\)$/\1/p' "$folder/ec2/everything.yaml" | grep -v '^properties' | sed "s|^|  - $folder/ec2/|"
    echo "  - $folder/${1#specs/}"
}
replay() { "$enimc" replay vectors/suite --endpoint "$url" --profile enimc "$@"; }

is 'no endpoint' ends 2 'expected an endpoint' "$enimc" replay vectors/suite
is 'no URL' ends 2 'expected http://' "$enimc" replay vectors/suite --group describe --endpoint ftp://127.0.0.1
is 'no suite' ends 2 'manifest.json' "$enimc" replay "$work" --endpoint http://127.0.0.1:9
is 'an unknown group' ends 2 "no group of the suite is called 'x'" "$enimc" replay vectors/suite --group x --endpoint http://127.0.0.1:9
is 'an unknown format' ends 2 'expected a format among' "$enimc" replay vectors/suite --format word --endpoint http://127.0.0.1:9
printf 'title: x\ntiming: { settle: soon }\n' >"$work/profile.yaml"
is 'a bad profile' ends 2 "profile.yaml:2:19: error" "$enimc" replay vectors/suite --profile "$work/profile.yaml" --endpoint http://127.0.0.1:9
is 'nobody answers' ends 3 'does not answer' "$enimc" replay vectors/suite --group describe --endpoint http://127.0.0.1:9
printf '{"format": "enimc-vectors", "groups": [{"name": "a", "path": "../a.json"}]}' >"$work/manifest.json"
is 'a path out of the suite' ends 2 "inside the folder" "$enimc" replay "$work" --endpoint http://127.0.0.1:9

# Every group in a world of its own.  What the suite's own starting points break is told in specs/ec2/wire.
sed -n 's|^ *"path": "\(specs/.*\)",|\1|p' vectors/suite/manifest.json >"$work/specs"
sed -n 's|^ *"path": "vectors/\(.*\)\.json",|\1|p' vectors/suite/manifest.json >"$work/groups"
paste "$work/groups" "$work/specs" >"$work/pairs"
is 'the suite has groups' test -s "$work/pairs"
passed=0
while read -r group spec <&3; do
    world "$spec" >"$work/world.yaml"
    begin "$enimc" serve --listen 127.0.0.1:0 --empty "$work/world.yaml" || exit 1
    replay --group "$group" --format json >"$work/$group.out" 2>"$work/err"
    case $group in
    tokens | security-groups | subnets) ;; # the server forgets tokens, takes names it must not and a malformed id for an unknown one
    *) is "$group: nothing fails" has "$work/$group.out" '"fail": 0' ;;
    esac
    is "$group: it answers" has "$work/$group.out" '"error": 0'
    is "$group: nothing is left behind" has "$work/$group.out" '"left_behind": \[\]'
    count=$(sed -n 's/^ *"pass": \([0-9]*\),/\1/p' "$work/$group.out")
    passed=$((passed + ${count:-0}))
    end
done 3<"$work/pairs"
is "enough vectors pass: $passed" test "$passed" -ge 100

# The same whatever the order, the connections, the number of workers.
world specs/ec2/default.yaml >"$work/world.yaml"
is 'a server' begin "$enimc" serve --listen 127.0.0.1:0 --empty "$work/world.yaml"
is 'all pass' ends 0 '0 fail' replay --group default
is 'in another order' ends 0 '0 fail' replay --group default --shuffle 7
is 'on new connections' ends 0 '0 fail' replay --group default --no-keepalive
is 'the reports' replay --group default --quiet --report "junit=$work/junit.xml" --report "tap=$work/tap" --report "json=$work/json"
is 'TAP counts' sh -c 'test "$(grep -c "^\(not \)\?ok " "$1")" = "$(sed -n "s/^1\.\.//p" "$1")"' - "$work/tap"
if command -v python3 >/dev/null; then
    is 'JUnit is XML' python3 -c 'import sys, xml.etree.ElementTree as e; assert len(e.parse(sys.argv[1]).findall(".//testcase")) > 10' "$work/junit.xml"
    is 'JSON is JSON' python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); assert d["counts"]["pass"] > 10 and not d["rules"]' "$work/json"
fi
end

# A vector without this program.
is 'a vector as a script' ends 0 'Action=DeleteNetworkInterface' "$enimc" explain --curl delete-network-interface-gen-p9b
cp "$work/out" "$work/script.sh"
is 'an unknown vector' ends 2 'no vector is called' "$enimc" explain --curl nothing-of-this
if command -v curl >/dev/null && curl --help all 2>/dev/null | grep -q aws-sigv4; then
    world specs/ec2/universes/addresses.yaml >"$work/world.yaml"
    is 'a server for the script' begin "$enimc" serve --listen 127.0.0.1:0 --empty "$work/world.yaml"
    is 'it shows the error' ends 0 '<Code>DryRunOperation<' sh "$work/script.sh" "$url"
    end
fi

# A server with a wrong rule is caught, and the rule is named; a baseline lets it pass.
cp -R specs "$work/specs-wrong"
sed -i.bak 's/id: SUB-P5, \(.*\)else: InvalidSubnetID.NotFound/id: SUB-P5, \1else: DependencyViolation/' "$work/specs-wrong/ec2/subnets.yaml"
is 'a wrong rule' sh -c '! cmp -s "$1" "$1.bak"' - "$work/specs-wrong/ec2/subnets.yaml"
world specs/ec2/universes/subnets.yaml "$work/specs-wrong" >"$work/world.yaml"
is 'a wrong server' begin "$enimc" serve --listen 127.0.0.1:0 --empty "$work/world.yaml"
is 'is caught' ends 1 'rule *SUB-P5' replay --group subnets
is 'with its source' has "$work/out" 'source: recorded: c7n'
is 'a baseline' ends 1 'FAIL' replay --group subnets --write-baseline "$work/baseline"
is 'is not overwritten' ends 2 'exists' replay --group subnets --write-baseline "$work/baseline"
is 'lets it pass' ends 0 ' xfail' replay --group subnets --baseline "$work/baseline"
is 'something else is no baseline' ends 2 'expected a baseline' replay --group subnets --baseline vectors/suite/manifest.json
is 'what a failure leaves is kept' ends 1 'Kept:' replay --group subnets --keep
end

# Answers that are none.
if command -v python3 >/dev/null; then
    for kind in html entity deep wrong-root cut; do
        is "a server that answers with $kind" begin python3 tests/replay/strange_server.py "$kind"
        is "$kind: an error, no accusation" ends 3 '0 fail.* [1-9][0-9]* error' "$enimc" replay vectors/suite --group describe --endpoint "$url"
        end
    done
fi
echo "1..$number"
exit $failed
