#!/usr/bin/env bash
# Holds the C ABI against what was released of it: bindings/c/abi. Functions and constants may be added; what is gone or is not what it was is an error.
#
#   scripts/abi.sh                     compares; needs abidiff (Debian: abigail-tools)
#   scripts/abi.sh --baseline FOLDER   compares with another baseline
#   scripts/abi.sh write               makes this the baseline, after a change that is meant
#
# What is compared is the header, compiled into a library of functions that do nothing: `cargo test -p mcp-engine-c` proves that it says of names and
# layouts what the true library has, and its types have the names that programs in C know.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

mode="compare" baseline=bindings/c/abi
while [ $# -gt 0 ]; do
    case $1 in
        write) mode="write" ;;
        --baseline) baseline=$2 && shift ;;
        *) printf 'usage: scripts/abi.sh [write] [--baseline FOLDER]\n' >&2 && exit 2 ;;
    esac
    shift
done
made=$root/target/abi
mkdir -p "$made" "$baseline"

# hollow LIBRARY FLAG…: the library that the header with these flags declares, with nothing in its functions.
hollow() {
    local library=$1 soname
    shift
    soname=lib$library.so.$(sed -n 's/^const ABI: u32 = \([0-9]*\);$/\1/p' bindings/c/build.rs)
    {
        printf '#include "mcp_engine.h"\n'
        cc -E -Iinclude "$@" include/mcp_engine.h | awk '
            /^[a-z].*mcpe_[a-z_]+\(/ && !/^(static|typedef)/ { inside = 1 }
            inside && /\);$/ { sub(/;$/, " { __builtin_trap(); }"); print; inside = 0; next }
            inside'
    } >"$made/$library.c"
    cc -std=c11 -g -gdwarf-4 -fPIC -shared -fdebug-prefix-map="$root=." -Iinclude "$@" -Wl,-soname,"$soname" "$made/$library.c" -o "$made/lib$library.so"
    abidw --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed --type-id-style hash "$made/lib$library.so" >"$made/lib$library.abi"
    cc -E -dM -Iinclude "$@" include/mcp_engine.h | awk '/^#define MCPE_[A-Z0-9_]+ / { print $2, $3 }' | sort >"$made/lib$library.constants"
}

# changed LIBRARY: says what a program that was built before would miss, or find changed. Yields whether there is such a thing.
changed() {
    local library=$1 gone status=0
    abidiff --no-added-syms "$baseline/lib$library.abi" "$made/lib$library.abi" || status=$?
    # The version of the header may grow.
    gone=$(grep -v '^MCPE_ABI_VERSION ' "$baseline/lib$library.constants" | comm -23 - "$made/lib$library.constants")
    if [ -n "$gone" ]; then
        printf 'constants of lib%s that are gone or are not what they were:\n%s\n' "$library" "$gone"
    fi
    [ "$status" != 0 ] || [ -n "$gone" ]
}

libraries=(mcp_engine)
hollow mcp_engine
if [ -f bindings/c/full/Cargo.toml ]; then
    libraries+=(mcp_engine_full)
    hollow mcp_engine_full -DMCPE_FULL
fi
if [ "$mode" = write ]; then
    for library in "${libraries[@]}"; do cp "$made/lib$library".{abi,constants} "$baseline/"; done
    exit 0
fi
for library in "${libraries[@]}"; do
    if changed "$library"; then
        printf 'error: the ABI of lib%s has changed; docs/C_API.md says what to do when it has to\n' "$library" >&2
        exit 1
    fi
    printf 'lib%s: %d functions, %d constants\n' "$library" "$(grep -c '<elf-symbol name=.mcpe_' "$made/lib$library.abi")" "$(wc -l <"$made/lib$library.constants")"
done
