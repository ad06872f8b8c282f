#!/usr/bin/env bash
# Installs the libraries for C and the program, moves them to another place, and uses them there as others do: programs in C and C++ by pkg-config and
# by CMake, shared and static, pages by mandoc.
#
#   scripts/installed.sh           lays out a debug build first
#   scripts/installed.sh PREFIX    uses a copy of what scripts/build-rust.sh has laid out there
set -euo pipefail
# shellcheck source=scripts/layout.sh
. "$(dirname "${BASH_SOURCE[0]}")/layout.sh"
cd "$root"

work=$root/target/installed
rm -rf "$work"
mkdir -p "$work/first"
if [ $# -gt 0 ]; then
    cp -a "$1/." "$work/first"
else
    build_installed --profile dev
    install_c target/debug "$work/first"
    install_program target/debug/mcp-engine "$work/first"
fi
mkdir "$work/then"
mv "$work/first" "$work/then/moved"
prefix=$work/then/moved
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

say "what the libraries show"
for library in "$prefix"/lib/lib*.so; do
    name=$(basename "$library" .so)
    foreign=$(nm -D --defined-only "$library" | awk '$3 !~ /^mcpe_/ { print $3 }')
    [ -z "$foreign" ] || fail "$library shows more than its own functions: $foreign"
    [ "$(nm -D --defined-only "$library" | wc -l)" -gt 140 ] || fail "$library shows too little"
    soname=$(readelf -W -d "$library" | sed -n 's/.*soname: \[\(.*\)\]/\1/p')
    [[ $soname == "$name.so."* && -e $prefix/lib/$soname ]] || fail "nothing in $prefix/lib has the name $soname"
    needed=$(readelf -W -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc|libm|libgcc_s|ld-linux-.*)\.so\.[0-9]+$' || true)
    [ -z "$needed" ] || fail "$library needs more than the libraries of C: $needed"
    printf '%s: %d functions\n' "$soname" "$(nm -D --defined-only "$library" | wc -l)"
done
! grep -rIlF "$root" "$prefix/lib" "$prefix/include" "$prefix/share" || fail "these know where they were made"

sources=(examples/c/client.c examples/cpp/client.cpp bindings/c/tests/c/{decode,talk,schedule}.c bindings/c/tests/c/faces.cpp)

# use PROGRAM: a client calls a tool of the installed program, and everything else says by itself whether all is well.
use() {
    case $1 in
        */client.*) [ "$("$1" echo '{"text":"hello"}' "$prefix/bin/mcp-engine" serve | tail -n 1)" = hello ] || fail "$1 has not called the tool" ;;
        *) "$1" || fail "$1 has failed" ;;
    esac
}

# Those with the batteries, which say MCPE_FULL themselves.
full_sources=(examples/c/{call,tool_server,http_server}.c examples/cpp/tool_server.cpp)

# compiled PACKAGE SOURCE OUTPUT FLAG…: by what pkg-config says, with the flags of the linker behind it.
compiled() {
    local package=$1 source=$2 output=$3 compiler=(cc -std=c11)
    shift 3
    if [[ $source == *.cpp ]]; then compiler=(c++ -std=c++17); fi
    # shellcheck disable=SC2046
    "${compiler[@]}" -Wall -Wextra -Werror -D_POSIX_C_SOURCE=200809L $(pkg-config --cflags "$package") "$source" -o "$output" "$@" \
        2>"$output.log" || fail "$(cat "$output.log")"
}

# by_pkg_config PACKAGE
by_pkg_config() {
    local package=$1 source name
    [ "$(pkg-config --modversion "$package")" = "$("$prefix/bin/mcp-engine" --version | awk '{ print $2 }')" ] || fail "the versions differ"
    for source in "${sources[@]}"; do
        name=$work/$(basename "$source")-$package
        # shellcheck disable=SC2046
        compiled "$package" "$source" "$name-shared" $(pkg-config --libs "$package")
        [[ $(readelf -W -d "$name-shared") == *"[lib${package//-/_}.so."* ]] || fail "$name-shared is not linked with the shared library"
        # shellcheck disable=SC2046
        compiled "$package" "$source" "$name-static" -static $(pkg-config --static --libs "$package")
        ! readelf -W -d "$name-static" | grep NEEDED || fail "$name-static is not static"
        use "$name-shared"
        use "$name-static"
    done
    if [ "$package" != mcp-engine-full ]; then return; fi
    for source in "${full_sources[@]}"; do
        # shellcheck disable=SC2046
        compiled "$package" "$source" "$work/$(basename "$source")" $(pkg-config --libs "$package")
    done
    for source in tool_server.{c,cpp}; do
        [[ $("$work/call.c" add '{"a":1,"b":2}' env "LD_LIBRARY_PATH=$LD_LIBRARY_PATH" "$work/$source") == *'"text":"3'* ]] || fail "$source does not answer"
    done
}

say "by pkg-config"
for file in "$prefix"/lib/pkgconfig/*.pc; do by_pkg_config "$(basename "$file" .pc)"; done

# configured FOLDER LIBRARIES VERSION
configured() {
    cmake -S bindings/c/tests/installed -B "$1" -DCMAKE_PREFIX_PATH="$prefix" -DLIBRARIES="$2" -DWANTED="$3" \
        -DSOURCES="$(IFS=';' && printf '%s' "${sources[*]/#/$root/}")"
}

say "by CMake"
libraries="mcp_engine;mcp_engine_static"
if [ -f "$prefix/lib/libmcp_engine_full.a" ]; then libraries+=";full;full_static"; fi
configured "$work/cmake" "$libraries" 0.1 >"$work/cmake.log" || fail "$(cat "$work/cmake.log")"
cmake --build "$work/cmake" >>"$work/cmake.log" || fail "$(cat "$work/cmake.log")"
for source in "${sources[@]}"; do
    for library in ${libraries//;/ }; do
        # CMake has told them where the library is.
        (unset LD_LIBRARY_PATH && use "$work/cmake/$(basename "$source")-$library")
    done
done
! configured "$work/newer" mcp_engine 99 >/dev/null 2>&1 || fail "CMake finds a version that is not here"
! configured "$work/other" nothing 0.1 >/dev/null 2>&1 || fail "CMake finds a library that is not here"
printf '%d programs\n' "$(find "$work/cmake" -maxdepth 1 -type f -executable | wc -l)"

say "pages and completions"
# They are made of one state of the sources at any time: no date. How those of the program are set is clap's business.
for page in "$prefix"/share/man/man1/*; do mandoc -T lint -W error "$page" || fail "$page"; done
doubts=$(mandoc -T lint -W warning "$prefix/share/man/man3/mcp_engine.3" | grep -v "missing date" || true)
[ -z "$doubts" ] || fail "$doubts"
missing=$(nm -D --defined-only "$prefix/lib/libmcp_engine.so" | awk '{ print $3 }' | while read -r name; do
    grep -q "^\.BR $name ()\$" "$prefix/share/man/man3/mcp_engine.3" || printf '%s ' "$name"
done)
[ -z "$missing" ] || fail "the page has no word of: $missing"
bash -n "$prefix/share/bash-completion/completions/mcp-engine"
grep -q '^#compdef mcp-engine' "$prefix/share/zsh/site-functions/_mcp-engine"
grep -q 'complete -c mcp-engine' "$prefix/share/fish/vendor_completions.d/mcp-engine.fish"
