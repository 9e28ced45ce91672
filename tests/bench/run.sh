#!/bin/sh
# Measures enimc beside Spin and Rumur on one model: sh tests/bench/run.sh [--quick] [--runs N] [--sizes "I=1 S=1 ..."] ./enimc
# Exit: 0; 1 if the tools count different states or ours takes too much memory; 2 if it cannot be measured.
set -u
export LC_ALL=C
here=$(dirname "$0")
runs=3 quick=no sizes= enimc=
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=yes ;;
    --runs) shift; runs=$1 ;;
    --sizes) shift; sizes=$1 ;;
    *) enimc=$1 ;;
    esac
    shift
done
[ -n "$enimc" ] && [ -x "$enimc" ] || { echo "usage: run.sh [--quick] [--runs N] [--sizes TEXT] ENIMC" >&2; exit 2; }
/usr/bin/time -f %e true 2>/dev/null || { echo "run.sh: /usr/bin/time is needed (Debian: time)" >&2; exit 2; }
spec=$here/../../specs/bench/eni-bench.yaml
work=$(mktemp -d "${TMPDIR:-/tmp}/eni-bench.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cc=$(command -v clang || command -v cc) # Rumur's verifiers are far faster with clang, Spin's not slower

big=
if [ -n "$sizes" ]; then
    :
elif [ $quick = yes ]; then
    sizes="I=2 S=2 E=2 K=4 L=3 P=2"
else
    sizes="I=2 S=2 E=3 K=4 L=3 P=2" big="I=2 S=2 E=3 K=5 L=3 P=2"
fi

# ---- ours: one thread, no symmetry, whatever options this version has for that ----
options="--engine=explicit --format=json"
help=$("$enimc" check --help)
case $help in *--threads*) options="$options --threads=1" ;; esac
case $help in *--symmetry*) options="$options --symmetry=off" ;; esac
settings() { for each in $1; do printf ' --set %s' "$each"; done; }
# shellcheck disable=SC2046,SC2086
ours() { "$enimc" check $options $(settings "$1") "$spec"; }

# The number behind "NAME": in a JSON answer
number() { sed -n 's/.*"'"$1"'": *\([0-9.e+-]*\).*/\1/p' "$2" | head -n 1; }

expand() { # template
    # shellcheck disable=SC2046
    awk $(for each in $sizes; do printf ' -v %s' "$each"; done) -f "$here/expand.awk" "$1"
}

# ---- peers: models from the templates, compiled before any clock runs ----
build_spin() {
    expand "$here/eni-bench.pml" >"$work/model.pml"
    case $cc in *clang) flags="-O3 -DNOCOMP" ;; *) flags="-O2" ;; esac
    # shellcheck disable=SC2086
    (cd "$work" && spin -a model.pml && "$cc" $flags -march=native -w -DBFS -DSAFETY -DNOREDUCE -DNOCLAIM -DNOFAIR \
        -DNOBOUNDCHECK -DMEMLIM=16384 -o spin-model pan.c) >"$work/build.log" 2>&1
}
build_rumur() {
    expand "$here/eni-bench.m" >"$work/model.m"
    (cd "$work" && rumur --threads 1 --symmetry-reduction off --deadlock-detection off --set-capacity 67108864 \
        -o rumur-model.c model.m &&
        "$cc" -std=c11 -O3 -march=native -w -o rumur-model rumur-model.c -lpthread) >"$work/build.log" 2>&1
}

# Builds the installed peers for $sizes; $tools are those that can run.
build_tools() {
    tools=enimc
    for tool in spin rumur; do
        if ! command -v $tool >/dev/null; then
            echo "$tool: skipped: not installed"
        elif build_$tool; then
            tools="$tools $tool"
        else
            echo "$tool: cannot be built" >&2
            cat "$work/build.log" >&2
            exit 2
        fi
    done
}

# One run: appends "states transitions wall own kilobytes" to $work/TOOL.
run_enimc() {
    # shellcheck disable=SC2046,SC2086
    /usr/bin/time -q -f '%e %M' -o "$work/time" "$enimc" check $options $(settings "$1") "$spec" >"$work/enimc.out"
    echo "$(number states "$work/enimc.out") $(number transitions "$work/enimc.out") $(sed 's/ .*//' "$work/time")" \
        "$(number seconds "$work/enimc.out") $(sed 's/.* //' "$work/time")"
}
run_spin() { # its transitions count the initial state as one
    /usr/bin/time -q -f '%e %M' -o "$work/time" "$work/spin-model" -w$table >"$work/out" 2>&1
    awk -v wall="$(cat "$work/time")" '/errors: [1-9]/ { bad = "violated:" } / states, stored/ { states = $1 }
        / transitions / { fired = $1 - 1 } /elapsed time/ { own = $4 }
        END { split(wall, w, " "); print bad states, fired, w[1], own, w[2] }' "$work/out"
}
run_rumur() { # its own clock has whole seconds
    /usr/bin/time -q -f '%e %M' -o "$work/time" "$work/rumur-model" >"$work/out" 2>&1
    awk -v wall="$(cat "$work/time")" '/No error found/ { good = 1 }
        / rules fired in / && !/queue/ { states = $1; fired = $3; own = $7; sub(/s.*/, "", own) }
        END { split(wall, w, " "); print (good ? "" : "violated:") states, fired, w[1], own, w[2] }' "$work/out"
}

median() { # file column
    awk '{ print $'"$2"' }' "$1" | sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
# measure RUNS STATES: all tools at $sizes in turn; sets status if their counts are not STATES, if that is given
measure() {
    rm -f "$work/enimc" "$work/spin" "$work/rumur"
    for run in $(seq "$1"); do
        for tool in $tools; do
            run_$tool "$sizes" >>"$work/$tool"
        done
    done
    peers=
    [ "$tools" = enimc ] || peers="; peers compiled by $(basename "$cc")"
    echo "eni-bench $sizes: medians of $1 interleaved runs, one thread, no symmetry$peers"
    echo "$(uname -m), $(nproc) processors, load $(cut -d ' ' -f 1 /proc/loadavg 2>/dev/null)"
    printf '%-7s %11s %12s %8s %8s %10s %8s %8s %8s %8s\n' \
        tool states transitions 'wall s' 'own s' 'states/s' 'to ours' 'RSS MB' 'B/state' 'to ours'
    fired=$(median "$work/enimc" 2) wall=$(median "$work/enimc" 3) kilobytes=$(median "$work/enimc" 5)
    expected=${2:-$(median "$work/enimc" 1)}
    for tool in $tools; do
        states=$(awk '{ print $1 }' "$work/$tool" | sort -u)
        awk -v tool=$tool -v states="$states" -v fired="$(median "$work/$tool" 2)" -v wall="$(median "$work/$tool" 3)" \
            -v own="$(median "$work/$tool" 4)" -v kb="$(median "$work/$tool" 5)" -v base="$wall" -v base_kb="$kilobytes" 'BEGIN {
            rate = wall < 0.05 ? "-" : sprintf("%.0f", states / wall) # the clock has hundredths
            ratio = base < 0.05 ? "-" : sprintf("%.2fx", wall / base)
            printf "%-7s %11s %12s %8.2f %8.2f %10s %8s %8.1f %8.1f %7.2fx\n", tool, states, fired, wall, own, rate, ratio,
                kb / 1024, (states > 0 ? kb * 1024 / states : 0), kb / base_kb }'
        if [ "$states" != "$expected" ]; then
            echo "$tool: the number of states differs: $states, expected $expected"
            status=1
        fi
        # Spin writes eight digits
        if ! awk -v tool=$tool -v ours="$fired" '{ difference = $2 > ours ? $2 - ours : ours - $2
            if (difference > (tool == "spin" && ours >= 1e8 ? ours * 5e-8 : 0)) bad = 1 } END { exit bad }' "$work/$tool"; then
            echo "$tool: the number of transitions differs"
            status=1
        fi
    done
}

status=0 table=22
build_tools
measure "$runs" ''

# ---- memory, once: at most 24 bytes and the packed state for each state ----
if [ -n "$big" ]; then
    sizes=$big table=24
    build_tools
    measure 1 14747776
    awk -v bits="$(number state_bits "$work/enimc.out")" -v peak="$(number peak_bytes "$work/enimc.out")" -v sizes="$big" '{
        packed = int((bits + 7) / 8); limit = 24 + packed
        printf "memory %s: %d states, %.2f s; bytes per state: %.1f by peak_bytes, %.1f by RSS; limit 24 + %d (%d bits): %s\n",
            sizes, $1, $3, peak / $1, $5 * 1024 / $1, packed, bits, (peak / $1 <= limit) ? "met" : "NOT MET"
        exit (peak / $1 > limit)
    }' "$work/enimc" || status=1
fi
exit $status
