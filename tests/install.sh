#!/bin/sh
# Installs what is missing for building (and, with "tests", for testing) enimc.  Says what it installs; without a
# package manager that it knows, says exactly what is needed.
set -u
what=${1:-build}

missing=""
have() { command -v "$1" >/dev/null 2>&1; }
need() { missing="$missing $1"; }

have cc || have gcc || have clang || need compiler
have make || need make
have pkg-config || need pkg-config
for library in yaml-0.1 jansson z3; do
    if have pkg-config && pkg-config --exists "$library" 2>/dev/null; then :; else need "$library"; fi
done
if [ "$what" = tests ]; then
    if have pkg-config && pkg-config --exists cmocka 2>/dev/null; then :; else need cmocka; fi
fi
[ -z "$missing" ] && exit 0

# word -> package, by package manager
name() {
    case "$1:$2" in
    apt:compiler) echo "gcc libc6-dev" ;;
    dnf:compiler) echo "gcc" ;;
    brew:compiler) echo "" ;;
    apt:pkg-config) echo "pkg-config" ;;
    dnf:pkg-config) echo "pkgconf-pkg-config" ;;
    brew:pkg-config) echo "pkg-config" ;;
    *:make) echo "make" ;;
    apt:yaml-0.1) echo "libyaml-dev" ;;
    dnf:yaml-0.1) echo "libyaml-devel" ;;
    brew:yaml-0.1) echo "libyaml" ;;
    apt:jansson) echo "libjansson-dev" ;;
    dnf:jansson) echo "jansson-devel" ;;
    brew:jansson) echo "jansson" ;;
    apt:z3) echo "libz3-dev" ;;
    dnf:z3) echo "z3-devel" ;;
    brew:z3) echo "z3" ;;
    apt:cmocka) echo "libcmocka-dev" ;;
    dnf:cmocka) echo "libcmocka-devel" ;;
    brew:cmocka) echo "cmocka" ;;
    esac
}

packages() { for word in $missing; do name "$1" "$word"; done | tr '\n' ' '; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif have sudo; then sudo "$@"
    else
        echo "enimc: needs root to install; run as root: $*" >&2
        exit 1
    fi
}

if have apt-get; then
    list=$(packages apt)
    echo "installing with apt-get: $list"
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $list >/dev/null 2>&1 || {
        as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $list >/dev/null
    } || exit 1
elif have dnf; then
    list=$(packages dnf)
    echo "installing with dnf: $list"
    # shellcheck disable=SC2086
    as_root dnf install -y -q $list || exit 1
elif have brew; then
    list=$(packages brew)
    echo "installing with brew: $list"
    # shellcheck disable=SC2086
    brew install $list || exit 1
else
    echo "enimc: no package manager found (apt-get, dnf, brew). Please install:" >&2
    echo "  a C11 compiler, make, pkg-config, and the development files of libyaml, jansson, Z3 (4.8.12 or newer)" >&2
    [ "$what" = tests ] && echo "  and cmocka" >&2
    echo "  (missing here:$missing)" >&2
    exit 1
fi
