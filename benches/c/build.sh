#!/usr/bin/env bash
# Builds the contenders of the station `c` of benches/peers, one shared library each, below benches/c/target: `gcc -O2` against the library for C as it is
# shipped, and against the parsers that Debian has. What cannot be installed here is left out, and does not race.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/tools.sh"
cd "$root"

folder=benches/c/target
rm -rf "$folder"
mkdir -p "$folder"
c_libraries mcp-engine-c --release
# The loader looks for it by its soname.
ln -sf libmcp_engine_c.so target/release/libmcp_engine.so.1

# header FILE PACKAGE: makes a header available, where that is ours to do.
header() {
    local file=$1 package=$2
    if ! has_header "$file" && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        { apt-get install -y -q "$package" || { apt-get update -q && apt-get install -y -q "$package"; }; } >/dev/null 2>&1 || true
    fi
    # Not every Debian has each of them.
    has_header "$file" || { printf 'NOT RACED: %s is missing\n' "$package" >&2 && return 1; }
}

has_header() {
    printf '#include <%s>\n' "$1" | g++ -fsyntax-only -x c++ - 2>/dev/null
}

# contender COMPILER SOURCE FLAG…
contender() {
    local compiler=$1 source=$2
    shift 2
    "$compiler" -O2 -Wall -Wextra -Werror -shared -fPIC -fvisibility=default -Iinclude -o "$folder/${source%.*}.so" "benches/c/$source" "$@"
}

engine=(-Ltarget/release -lmcp_engine_c "-Wl,-rpath,$root/target/release")
contender gcc engine-drain.c "${engine[@]}"
contender gcc engine-next.c "${engine[@]}"
if header simdjson.h libsimdjson-dev; then contender g++ simdjson.cpp -lsimdjson; fi
if header cjson/cJSON.h libcjson-dev; then contender gcc cjson.c -lcjson; fi
if header json-c/json.h libjson-c-dev; then contender gcc json-c.c -ljson-c; fi
if header yyjson.h libyyjson-dev; then contender gcc yyjson.c -lyyjson; fi
