#!/bin/sh
# Installs what is missing:  sh tests/install.sh build|tests|ci
#
# "tests" is what `make test` needs, "ci" also what .ci/run would like to have.  Nothing is asked of the network if nothing
# is missing.  Says what it installs; if that fails, shows the last words of the package manager and says exactly what is
# needed.  Exit: 0 if everything necessary is there afterwards; what is only wanted may be missing, with a warning.
set -u
what=${1:-build}

have() { command -v "$1" >/dev/null 2>&1; }
library() { have pkg-config && pkg-config --exists "$1" 2>/dev/null; }

# $missing: words for what is necessary; $wanted: for what is skipped without it
look() {
    missing='' wanted=''
    have cc || missing="$missing compiler"
    have make || missing="$missing make"
    have pkg-config || missing="$missing pkg-config"
    for each in yaml-0.1 jansson libmicrohttpd libcurl expat z3; do
        library $each || missing="$missing $each"
    done
    [ "$what" = build ] && return
    library cmocka || missing="$missing cmocka"
    [ "$what" = tests ] && return
    for each in clang python3 spin rumur; do
        have $each || wanted="$wanted $each"
    done
    python3 -c 'import jsonschema' 2>/dev/null || wanted="$wanted jsonschema"
    /usr/bin/time -f %e true 2>/dev/null || wanted="$wanted time"
}

# word -> package, by package manager
name() {
    case "$1:$2" in
    apt:compiler) echo "gcc libc6-dev" ;;
    dnf:compiler) echo "gcc" ;;
    apt:yaml-0.1) echo "libyaml-dev" ;;
    dnf:yaml-0.1) echo "libyaml-devel" ;;
    brew:yaml-0.1) echo "libyaml" ;;
    apt:jansson) echo "libjansson-dev" ;;
    apt:libmicrohttpd) echo "libmicrohttpd-dev" ;;
    apt:libcurl) echo "libcurl4-openssl-dev" ;;
    apt:expat) echo "libexpat1-dev" ;;
    dnf:libcurl) echo "libcurl-devel" ;;
    dnf:expat) echo "expat-devel" ;;
    brew:libcurl) echo "curl" ;;
    dnf:jansson) echo "jansson-devel" ;;
    dnf:libmicrohttpd) echo "libmicrohttpd-devel" ;;
    apt:z3) echo "libz3-dev" ;;
    dnf:z3) echo "z3-devel" ;;
    apt:cmocka) echo "libcmocka-dev" ;;
    dnf:cmocka) echo "libcmocka-devel" ;;
    dnf:pkg-config) echo "pkgconf-pkg-config" ;;
    *:jsonschema) echo "python3-jsonschema" ;;
    brew:compiler) ;; # comes with brew
    *) echo "$2" ;;
    esac
}

packages() { # MANAGER WORD...
    manager=$1
    shift
    for word in "$@"; do name "$manager" "$word"; done | tr '\n' ' '
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        echo "neither root nor sudo"
        return 1
    fi
}

with_apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 "$@" </dev/null; }

install() { # MANAGER PACKAGE...; its output is $log
    manager=$1
    shift
    [ $# -gt 0 ] || return 0
    echo "installing with $manager: $*"
    case $manager in
    apt) # lists may be missing or old: then once more
        log=$(with_apt install "$@" 2>&1) && return 0
        log=$(with_apt update -o APT::Update::Error-Mode=any 2>&1) || {
            network=no
            echo "warning: apt-get update failed:" && last
        }
        log=$(with_apt install "$@" 2>&1)
        ;;
    dnf) log=$(as_root dnf install -y -q "$@" 2>&1) ;;
    brew) log=$(brew install "$@" 2>&1) ;;
    none) log='no package manager found (apt-get, dnf, brew)' ;;
    esac
}

last() { printf '%s\n' "$log" | tail -n 8 | sed 's/^/    /'; }

look
[ -z "$missing$wanted" ] && exit 0
manager=none network=yes log=''
for each in apt-get dnf brew; do
    have $each && manager=${each%-get} && break
done

# first what is necessary, so that a rare package does not stand in its way
# shellcheck disable=SC2046,SC2086
install $manager $(packages $manager $missing) || { echo "this failed:" && last; }
# shellcheck disable=SC2046,SC2086
install $manager $(packages $manager $wanted) || {
    echo "warning: this failed:" && last
    if [ $network = yes ]; then # perhaps this system lacks one of them
        for each in $wanted; do
            install $manager $(packages $manager $each) || { echo "warning: $each is not installed:" && last; }
        done
    fi
}

look
[ -z "$wanted" ] || echo "warning: not installed, so what needs it is skipped:$wanted"
[ -z "$missing" ] && exit 0
echo "enimc: missing:$missing. Please install:"
if [ $manager = none ]; then
    echo "    a C11 compiler, make, pkg-config, and the development files of libyaml, jansson, libmicrohttpd, libcurl (7.85 or newer), expat, Z3 (4.8.12 or newer), cmocka"
else
    # shellcheck disable=SC2086
    echo "    $(packages $manager $missing)"
fi
exit 1
