#!/bin/sh
# Who may include whom:  sh tests/layers.sh        (prints TAP)
#
#     base <- model <- { solver, wire } <- { vectors, findings, import } <- replay <- cli        tests see everything
#
# A folder may include itself and what stands to its left.  Each library has one door.
cd "$(dirname "$0")/.." || exit 2
bad=0 number=0
found=$(mktemp) || exit 2
trap 'rm -f "$found"' EXIT INT TERM

report() { # NAME; the problems are the lines of $found
    number=$((number + 1))
    problems=$(cat "$found")
    if [ -z "$problems" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf '%s\n' "$problems" | sed 's/^/# /'
        bad=1
    fi
}

sources() {
    find base model solver wire vectors findings import replay cli tests -name '*.[ch]' -o -name '*.inc' -o -name '*.def' 2>/dev/null | sort
}

includes() { # "file:line:included" for every #include "..."
    sources | xargs grep -n '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' | sed 's/^\([^:]*:[0-9]*\):.*"\(.*\)".*/\1:\2/'
}

includes | awk -F: '
    BEGIN {
        rank["base"] = 1; rank["model"] = 2; rank["solver"] = 3; rank["wire"] = 3; rank["vectors"] = 4; rank["import"] = 4; rank["findings"] = 4; rank["replay"] = 5; rank["cli"] = 6
        rank["tests"] = 9
    }
    {
        from = $1; sub("/.*", "", from); to = $3; sub("/.*", "", to)
        if (!(to in rank)) print $1 ":" $2 ": \"" $3 "\" is not a path from the root"
        else if (from != to && rank[to] >= rank[from]) print $1 ":" $2 ": " from " may not include \"" $3 "\""
    }' >"$found"
report "folders include only to their left"

includes | while IFS=: read -r file line included; do
    [ -f "$included" ] || echo "$file:$line: \"$included\" does not exist"
done >"$found"
report "every included file exists"

door() { # HEADER PATTERN-OF-ALLOWED-FILES
    sources | xargs grep -n "^[[:space:]]*#[[:space:]]*include[[:space:]]*<$1>" | grep -v "^$2:" | sed "s|:[^:]*\$|: <$1> belongs to $2 only|"
}
{
    door yaml.h '\(model/yaml\|import/cloudformation_yaml\)\.c' # specs; templates, which have tags
    door z3.h 'solver/smt_internal\.h'
    door jansson.h 'base/jtree\.c'
    door microhttpd.h 'wire/http\.c'
    door curl/curl.h 'replay/client\.c'
    door expat.h 'replay/xml\.c'
    door cmocka.h 'tests/.*'
    sources | xargs grep -n '#[[:space:]]*include[[:space:]]*<z3_' | sed 's/$/: use <z3.h> in solver\/smt_internal.h/'
    includes | grep ':solver/smt_internal\.h$' | grep -v '^solver/smt_[a-z]*\.c:' | sed 's/$/: is for solver\/smt_*.c only/'
} >"$found"
report "one door per library"

# A .c includes its own header first.
sources | grep '^[bmswvfir].*\.c$' | while read -r file; do
    header=${file%.c}.h
    first=$(sed -n 's/^#[[:space:]]*include[[:space:]]*["<]\(.*\)[">].*/\1/p' "$file" | head -1)
    [ ! -f "$header" ] || [ "$first" = "$header" ] || echo "$file: includes \"$first\" before its own \"$header\""
done >"$found"
report "a source includes its own header first"

# No cycle: take away, again and again, every header all of whose includes are gone (tsort says it in one word).
includes | awk -F: '$1 ~ /\.h$/ && $3 ~ /\.h$/ { print $1, $3 }' | tsort 2>"$found" >/dev/null
report "headers do not include each other in a circle"

# Nothing outside cli/ ends the program, prints, or reads the environment.
sources | grep -E '^(base|model|solver|vectors|findings|import|replay)/.*\.(c|h|inc)$' |
    xargs grep -nE '(^|[^a-z_])(printf|puts|putchar|exit|_exit|getenv|perror) ?\(' | grep -v '^[^:]*:[0-9]*: \*' >"$found"
report "only cli/ prints, exits or reads the environment"
exit $bad
