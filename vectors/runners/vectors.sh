#!/bin/sh
# Test vectors as calls of the AWS CLI.  Prints TAP.
#
#     ENIMC_ENDPOINT=http://127.0.0.1:5000 sh SPEC.sh [ID]...
#
# ENIMC_ENDPOINT  the endpoint; without it, the CLI's own (a real account!)
# ENIMC_HAS       features beyond the common ones, with commas: limit:AddressLimitExceeded,held-transitions
# ENIMC_WAIT      seconds to wait for what happens by itself (60)
#
# Each vector makes its own network and removes it again.  After each call the descriptions of what changed are compared, but not
# which id an attachment or association has; the runners in Python and Go do that, too.
export AWS_PAGER=
number=0 failed=0 problem=''
last=$(mktemp) || exit 2
trap 'rm -f "$last" "$last.error"' EXIT
trap 'exit 2' INT TERM

ec2() { # OPERATION JSON QUERY: its text, or the error's code in $code
    code=''
    # shellcheck disable=SC2086
    if answer=$(aws ec2 "$1" --cli-input-json "$2" --query "$3" --output text --no-paginate \
        ${ENIMC_ENDPOINT:+--endpoint-url "$ENIMC_ENDPOINT"} --region "$region" 2>"$last.error"); then
        return 0
    fi
    code=$(sed -n 's/.*An error occurred (\([^)]*\)).*/\1/p' "$last.error" | head -1)
    [ -n "$code" ] || code="no answer: $(head -c 300 "$last.error" | tr '\n' ' ')"
}

fail() { [ -n "$problem" ] || problem=$1; }

expect() { # CODES (with blanks; ok) RULE: what the last call must have answered
    case " $1 " in *" ${code:-ok} "*) return 0 ;; esac
    fail "$step: expected $1 ($2), found ${code:-success}"
}

shows() { # OPERATION JSON QUERY TEXT NAME: what a description must show, at once or, for an event, some time later
    [ -z "$problem" ] || return 0
    left=$tries
    while :; do
        ec2 "$1" "$2" "$3"
        [ -z "$code" ] && [ "$answer" = "$4" ] && return 0
        left=$((left - 1))
        [ "$left" -gt 0 ] || break
        sleep 1
    done
    fail "$step: $5: expected $4, found ${code:-$answer}"
}

wanted() { # ID FEATURES REASON: does it run?
    number=$((number + 1)) problem='' step=fixture tries=1
    id=$1
    [ -z "$selected" ] || case " $selected " in *" $1 "*) ;; *) number=$((number - 1)) && return 1 ;; esac
    [ -z "$3" ] || { echo "ok $number - $1 # SKIP $3" && return 1; }
    for feature in $2; do
        case $feature in limit:* | capability:quotas | held-transitions) ;; *) continue ;; esac
        case ",$ENIMC_HAS," in *,"$feature",*) ;; *) echo "ok $number - $1 # SKIP needs $feature" && return 1 ;; esac
    done
}

result() {
    remove
    if [ -z "$problem" ]; then
        echo "ok $number - $id"
    else
        failed=1
        echo "not ok $number - $id"
        echo "# $problem"
    fi
}

selected=$*
later=${ENIMC_WAIT:-60}
