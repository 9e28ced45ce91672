#!/bin/sh
# Plans and what is made of them:  sh tests/import.sh PROGRAM   (TAP)
#
# tests/import/NAME.json or NAME.yaml is the plan or template, NAME.expect says of the answer (spec and messages), line by line:
#     + TEXT    it is there       - TEXT    it is not       exit N    the status; 0 without       with FILE    another input
#     verify N TEXT    the status of `enimc verify` and a line of its answer      verify-not TEXT    what that does not say
# Folded comments count as one line.  What was written must be a spec that can be read.
cd "$(dirname "$0")/import" || exit 2
enimc=$(cd ../.. && cd "$(dirname "$1")" && pwd)/$(basename "$1")
number=0 bad=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT INT TERM
for plan in *.json *.yaml; do
    number=$((number + 1))
    with=$(sed -n 's/^with //p' "${plan%.*}.expect")
    # shellcheck disable=SC2086
    "$enimc" import "$plan" $with -o "$work/spec.yaml" >"$work/said" 2>&1 </dev/null
    status=$?
    [ -f "$work/spec.yaml" ] && awk '/^#   / { sub(/^# */, ""); printf "%s", $0; next } NR > 1 { print "" } { printf "%s", $0 } END { print "" }' "$work/spec.yaml" >>"$work/said"
    while IFS= read -r line; do
        text=${line#??}
        case $line in
        'exit '* | 'with '*) ;;
        'verify '*)
            text=${line#verify ? }
            # shellcheck disable=SC2086
            "$enimc" verify "$plan" $with >"$work/answer" 2>&1
            status_of=$?
            [ "verify $status_of $text" = "$line" ] || echo "verify ends with $status_of: $line"
            grep -qF -e "$text" "$work/answer" || echo "missing in the answer: $text"
            ;;
        'verify-not '*)
            # shellcheck disable=SC2086
            "$enimc" verify "$plan" $with >"$work/answer" 2>&1
            text=${line#verify-not }
            grep -qF -e "$text" "$work/answer" && echo "unwanted in the answer: $text"
            ;;
        '+ '*) grep -qF -e "$text" "$work/said" || echo "missing: $text" ;;
        '- '*) grep -qF -e "$text" "$work/said" && echo "unwanted: $text" ;;
        *) echo "not understood: $line" ;;
        esac
    done <"${plan%.*}.expect" >"$work/wrong"
    wanted=$(sed -n 's/^exit //p' "${plan%.*}.expect")
    [ "$status" -eq "${wanted:-0}" ] || echo "exit status $status, expected ${wanted:-0}" >>"$work/wrong"
    if [ "$status" -eq 0 ]; then
        "$enimc" check --dump=rulebook "$work/spec.yaml" >"$work/read" 2>&1 || { echo "the spec cannot be read:" && head -20 "$work/read"; } >>"$work/wrong"
    fi
    if [ -s "$work/wrong" ]; then
        bad=1
        echo "not ok $number - $plan"
        sed 's/^/# /' "$work/wrong"
    else
        echo "ok $number - $plan"
    fi
    rm -f "$work/spec.yaml"
done

# made here: what wants to flood the program; each ends within 2 s (20 s with sanitizers) with this message
case $1 in
*release*) limit=2 ;;
*) limit=20 ;;
esac
hostile() { # NAME MESSAGE
    number=$((number + 1))
    (ulimit -t $limit && "$enimc" import "$work/input" -o "$work/spec.yaml") >"$work/said" 2>&1
    status=$?
    if [ $status -eq 2 ] && grep -qF -e "$2" "$work/said"; then
        echo "ok $number - $1"
    else
        bad=1
        echo "not ok $number - $1"
        echo "# exit status $status, expected 2 with '$2'"
        head -5 "$work/said" | cut -c1-300 | sed 's/^/# /'
    fi
}
many() { awk -v count="$1" -v text="$2" 'BEGIN { for (i = 0; i < count; i++) printf "%s", text }'; }
{ printf '{"format_version": "1.2", "resource_changes": ['; head -c 50000000 /dev/zero | tr '\0' ' '; printf ']}'; } >"$work/input"
hostile "50 MB" "the file has more than 32 MB"
{ printf '{"format_version": "1.2", "resource_changes": '; many 100000 '['; } >"$work/input"
hostile "deep lists" "not well-formed JSON"
printf '{"format_version": "1.2", "resource_changes": [\0]}' >"$work/input"
hostile "a NUL character" "a NUL character"
{
    printf '{"format_version": "1.2", "resource_changes": [], "configuration": {"root_module": '
    many 200 '{"module_calls": {"m": {"module": ' && printf '{}' && many 200 '}}}'
    printf '}}'
} >"$work/input"
hostile "deep modules" "modules are nested more than 50 deep"
{ printf 'Resources:\n  A: { Type: "AWS::EC2::EIP", Properties: { P: '; many 5000 '{a: ' && many 5000 '}'; printf ' } }\n'; } >"$work/input"
hostile "a deep template" "nested more than 100 levels deep"
{ printf 'Parameters: { P: { Default: '; many 100000 x; printf ' } }\nResources:\n  A: { Type: "AWS::EC2::EIP", Properties: { P: !Sub "'; many 1000 '${P}'; printf '" } }\n'; } >"$work/input"
hostile "a template that grows" "input:3:3: error[import]: a function makes a text of more than 1 MB"
awk 'BEGIN { print "Resources:"; for (i = 0; i < 10001; i++) print "  A" i ": { Type: \"AWS::EC2::EIP\" }" }' >"$work/input"
hostile "a wide template" "the template has more than 10000 resources"
awk 'BEGIN { print "Mappings:\n  M0: { a: { a: [x, x, x, x, x, x, x, x, x, x] } }"; for (i = 1; i < 12; i++) { line = "  M" i ": { a: { a: ["; for (k = 0; k < 10; k++) line = line "!FindInMap [M" i - 1 ", a, a],"; print line "] } }" } print "Resources:\n  A: { Type: \"AWS::EC2::EIP\", Properties: { P: !FindInMap [M11, a, a] } }" }' >"$work/input"
hostile "a template that multiplies" "expressions are nested too deeply, or lead back to themselves"
printf '\377\376{\0}\0' >"$work/input"
hostile "UTF-16" "this is UTF-16, as '>' of Windows PowerShell writes it; expected UTF-8"
value() { # TYPE ATTRIBUTES
    printf '{"format_version": "1.2", "resource_changes": [{"address": "%s.x", "mode": "managed", "type": "%s", "name": "x", "change": {"actions": ["no-op"], "before": {%s}, "after": {%s}}}]}' "$1" "$1" "$2" "$2" >"$work/input"
}
value aws_network_interface '"private_ips": "10.40.1.80"'
hostile "a text for a list" "aws_network_interface.x: 'private_ips' is a text; expected a list of texts"
value aws_network_interface '"private_ips": ["10.40.1.80", {}]'
hostile "an object for a text" "aws_network_interface.x: item 2 of 'private_ips' is an object; expected a list of texts"
value aws_instance '"network_interface": "eni-1"'
hostile "a text for blocks" "aws_instance.x: 'network_interface' is a text; expected a list of blocks"
value aws_subnet '"cidr_block": "10.40.1.0/99"'
hostile "no CIDR block" "aws_subnet.x: 'cidr_block' is '10.40.1.0/99'; expected a CIDR block like 10.0.1.0/24"
# a byte order mark before UTF-8 is skipped
number=$((number + 1))
{ printf '\357\273\277' && cat load-balancer.json; } >"$work/marked"
if "$enimc" import "$work/marked" 2>/dev/null | sed 1,3d >"$work/one" && "$enimc" import load-balancer.json 2>/dev/null | sed 1,3d | cmp -s - "$work/one" && [ -s "$work/one" ]; then
    echo "ok $number - a byte order mark"
else
    bad=1
    echo "not ok $number - a byte order mark"
fi
# what `verify` takes for a plan, and not for a damaged spec
not_a_plan() { # NAME MESSAGE
    number=$((number + 1))
    if "$enimc" verify "$work/$1" >"$work/said" 2>&1 || [ $? -ne 2 ] || ! grep -qF -e "$2" "$work/said"; then
        bad=1
        echo "not ok $number - verify $1"
        head -5 "$work/said" | cut -c1-300 | sed 's/^/# /'
    else
        echo "ok $number - verify $1"
    fi
    rm -f "$work/${1:?}"
}
: >"$work/empty.json"
not_a_plan empty.json 'the file is empty'
printf 'resource "aws_eip" "e" {\n  domain = "vpc"\n}\n' >"$work/main.tf"
not_a_plan main.tf "this is not JSON but HCL, Terraform's configuration"
printf 'PK\003\004\0\0' >"$work/plan.out"
not_a_plan plan.out "this is the plan file itself; 'terraform show -json' makes JSON of it"
printf 'no JSON' >"$work/x.json"
not_a_plan x.json 'this is not JSON'
# two blocks of so many instances, of which the second waits for the first
blocks() {
    awk -v n="$1" 'BEGIN {
        item = "{\"address\": \"%s[%d]\", \"mode\": \"managed\", \"type\": \"%s\", \"name\": \"x\", \"index\": %d, \"change\": {\"actions\": [\"create\"], \"after\": {%s}, \"after_unknown\": {%s}}}%s\n"
        printf "{\"format_version\": \"1.2\", \"resource_changes\": [\n"
        for (i = 0; i < n; i++) printf item, "aws_network_interface.x", i, "aws_network_interface", i, "\"subnet_id\": \"subnet-1\"", "\"id\": true", ","
        for (i = 0; i < n; i++) printf item, "aws_eip.x", i, "aws_eip", i, "", "\"network_interface\": true", i < n - 1 ? "," : ""
        printf "], \"configuration\": {\"root_module\": {\"resources\": [{\"type\": \"aws_network_interface\", \"name\": \"x\"}, {\"type\": \"aws_eip\", \"name\": \"x\", \"expressions\": {\"network_interface\": {\"references\": [\"aws_network_interface.x\", \"count.index\"]}}}]}}}\n"
    }'
}
blocks 5000 >"$work/input"
hostile "too many calls" "15000 API calls, or things of one kind, are more than can be looked at"
number=$((number + 1))
blocks 1000 >"$work/input"
if (ulimit -t $limit && "$enimc" import "$work/input" -q -o "$work/spec.yaml") >"$work/said" 2>&1 &&
    [ "$(wc -c <"$work/spec.yaml")" -lt 1500000 ] && [ "$(grep -c 'after: \[all_built_aws_network_interface_x\]' "$work/spec.yaml")" -eq 1000 ]; then
    echo "ok $number - 1000 instances wait for 1000 others"
else
    bad=1
    echo "not ok $number - 1000 instances wait for 1000 others"
    head -5 "$work/said" | sed 's/^/# /'
fi
rm "$work/input" && mkdir "$work/input"
hostile "a folder" "error[file]"
rmdir "$work/input"
hostile "no file" "error[file]"

# Terraform's order, as its graph has it, is the one that is made from the plan alone
for dot in order-*.dot; do
    number=$((number + 1))
    "$enimc" import "${dot%.dot}.json" >"$work/own" 2>/dev/null && "$enimc" import "${dot%.dot}.json" --graph "$dot" >"$work/exact" 2>/dev/null
    sed -i '/^#/d' "$work/own" "$work/exact" # notes on what the plan hides
    if [ -s "$work/exact" ] && grep -q '^    after: ' "$work/own" && diff "$work/own" "$work/exact" >"$work/wrong"; then
        echo "ok $number - the order of $dot"
    else
        bad=1
        echo "not ok $number - the order of $dot"
        sed 's/^/# /' "$work/wrong"
    fi
done

# the output of `terraform graph` beside graph.json
graph() { # NAME STATUS MESSAGE: the graph is $work/graph.dot
    number=$((number + 1))
    (ulimit -t $limit && "$enimc" import graph.json --graph "$work/graph.dot" -o "$work/spec.yaml") >"$work/said" 2>&1
    status=$?
    cat "$work/spec.yaml" >>"$work/said" 2>/dev/null
    rm -f "$work/spec.yaml"
    if [ $status -eq "$2" ] && grep -qF -e "$3" "$work/said"; then
        echo "ok $number - graph: $1"
    else
        bad=1
        echo "not ok $number - graph: $1"
        echo "# exit status $status, expected $2 with '$3'"
        head -5 "$work/said" | cut -c1-300 | sed 's/^/# /'
    fi
}
changed() { sed "$1" graph.dot >"$work/graph.dot"; }
resources() { # what `terraform graph` prints without a plan file: blocks
    printf 'digraph G {\n  rankdir = "RL";\n  node [shape = rect];\n'
    printf '  "%s" -> "%s";\n' aws_eip.e aws_network_interface.nic aws_instance.fw aws_network_interface.nic \
        aws_internet_gateway.gw aws_vpc.v aws_network_interface.nic aws_subnet.s aws_network_interface.spare aws_subnet.s \
        aws_subnet.s aws_vpc.v
}
{ resources && printf '}\n'; } >"$work/graph.dot"
graph "blocks only" 0 'interface: aws_network_interface_nic_outside, private_ip: none'
{ resources && printf '  aws_eip -> "aws_internet_gateway.gw"; "aws_eip.e" -> aws_eip\n}\n'; } >"$work/graph.dot"
graph "a wait through something else" 0 'after: [create_aws_internet_gateway_gw_attach, create_aws_network_interface_nic_inside, create_aws_network_interface_nic_outside]'
{ resources && printf '"aws_eip.e" -> "aws_network_interface.spare" }\n'; } >"$work/graph.dot"
graph "one of two" 0 'by the graph it can be several things: not followed'
changed 's/\[root\] //g'
graph "without [root]" 0 'after: [create_aws_network_interface_nic_inside, create_aws_network_interface_nic_outside]'
changed '/nic\[\\"inside/d'
graph "an operation without a node" 2 'it has no node for 1 operation, the first is to create aws_network_interface.nic["inside"]'
changed 's/aws_network_interface.spare/aws_network_interface.other/'
graph "a resource that the plan does not have" 2 'graph.dot:14:3: error[import]: [root] aws_network_interface.other: the plan has no such resource'
changed 's/aws_network_interface.spare"/aws_network_interface.spare (destroy)"/'
graph "a destroy that the plan does not have" 2 'the plan destroys no such thing'
changed 's/"\[root\] root" -> .*close.*/"[root] aws_subnet.s" -> "[root] local.nics (expand)"/'
graph "a circle" 2 'error[import]: cyclic references: [root] '
{ resources && printf '"aws_subnet.s" -> "aws_eip.e"}\n'; } >"$work/graph.dot"
graph "a circle of blocks" 2 'cyclic references: '
head -c 1500 graph.dot >"$work/graph.dot"
graph "truncated" 2 'error[import]: '
head -c 2000 graph.dot | sed '$d' >"$work/graph.dot"
graph "truncated between lines" 2 "expected a node, an edge or '}', found the end of the file; is the graph complete?"
changed 's/compound = "true"/compound = "true/'
graph "open quotes" 2 'error[import]: '
changed 's/newrank = "true"/newrank == "true"/'
graph "a doubled sign" 2 "graph.dot:3:11: error[import]: expected a value, found '='"
changed 's/ -> / -- /'
graph "an undirected graph" 2 "error[import]: expected '->', because the graph is directed, found '--'"
: >"$work/graph.dot"
graph "empty" 2 'the graph is empty'
cp graph.json "$work/graph.dot"
graph "a plan" 2 "graph.dot:1:1: error[import]: expected 'digraph': the output of 'terraform graph -plan=FILE', found '{'"
{ printf 'digraph {' && many 100000 '{'; } >"$work/graph.dot"
graph "deep" 2 'found the end of the file'
{ printf 'digraph {' && many 300000 'a->b;b->c;' && many 300000 'd[x=y];' && printf '/* }'; } >"$work/graph.dot"
graph "an open comment" 2 'this comment is never closed'
awk 'BEGIN { print "digraph {"; for (i = 0; i < 300000; i++) print "n" i " -> n" (i + 1); print "}" }' >"$work/graph.dot"
graph "many nodes" 2 'the graph has more than 200000 nodes'
printf 'digraph {\0}' >"$work/graph.dot"
graph "a NUL character" 2 'a NUL character'
rm "$work/graph.dot"
graph "no file" 2 'graph.dot: error[file]: cannot be read'
number=$((number + 1))
if "$enimc" import template.yaml --graph graph.dot 2>"$work/said" || ! grep -qF -e '--graph is for a Terraform plan' "$work/said"; then
    bad=1
    echo "not ok $number - a graph beside a template"
else
    echo "ok $number - a graph beside a template"
fi

# --snapshot alone
snapshot() { # NAME STATUS MESSAGE: of the folder or file $work/account
    number=$((number + 1))
    (ulimit -t $limit && "$enimc" import --snapshot "$work/account") >"$work/said" 2>&1
    status=$?
    if [ $status -eq "$2" ] && grep -qF -e "$3" "$work/said"; then
        echo "ok $number - snapshot: $1"
    else
        bad=1
        echo "not ok $number - snapshot: $1"
        echo "# exit status $status, expected $2 with '$3'"
        head -5 "$work/said" | cut -c1-300 | sed 's/^/# /'
    fi
    rm -rf "$work/account"
}
cp -r snapshot "$work/account"
snapshot "a folder" 0 'eni_2.manager := service'
cp snapshot/addresses.json "$work/account"
snapshot "a file" 0 'eipalloc_2.status := allocated'
mkdir "$work/account"
snapshot "an empty folder" 2 'account: error[import]: the folder has no file with output of'
mkdir "$work/account" && head -c 120 snapshot/eu-central-1/interfaces-1.json >"$work/account/a.json"
snapshot "a truncated file" 2 'account/a.json:2:1: error[import]: not well-formed JSON: '
mkdir "$work/account" && cp snapshot/eu-central-1/interfaces-1.json "$work/account"
snapshot "a missing page" 0 'NetworkInterfaces: the last page of the output is missing'
cp graph.json "$work/account"
snapshot "a plan" 2 'account: error[import]: expected the output of'
: >"$work/account"
snapshot "an empty file" 2 'account: error[import]: the file is empty'
snapshot "no file" 2 'account: error[file]: cannot be read'
echo '{"NetworkInterfaces": [1, null, {"NetworkInterfaceId": 7, "PrivateIpAddresses": {}, "Attachment": []}], "Subnets": [{"SubnetId": "s", "AvailableIpAddressCount": "x"}], "Quotas": [[]], "InstanceTypes": [{"InstanceType": "x: y"}], "Addresses": {}}' >"$work/account"
snapshot "wrong types" 0 'subnet:'
echo "1..$number"
exit $bad
