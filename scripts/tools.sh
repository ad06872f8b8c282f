# Sourced by the scripts beside it: where the project stands, and the tools that cargo does not bring along.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$root/target/tools
export PATH="$tools/bin:$PATH"

say() { printf '\n=== %s\n' "$*"; }

# missing WHAT: an error in CI, else a word about what does not run. Yields false.
missing() {
    if [ "${CI:-}" = true ]; then
        printf 'error: %s is missing\n' "$1" >&2
        exit 1
    fi
    printf 'NOT RUN: %s is missing\n' "$1" >&2
    return 1
}

# cargo_tool NAME VERSION: makes `cargo NAME` of that version available, below target/tools.
cargo_tool() {
    local name=$1 version=$2
    if [ "$("cargo-$name" --version 2>/dev/null | awk '{ print $NF }')" = "$version" ]; then
        return 0
    fi
    env -u CARGO_TARGET_DIR cargo install --root "$tools" --locked "cargo-$name@$version" || missing "cargo-$name $version"
}

# apt_tool COMMAND PACKAGE: makes a command available, where that is ours to do.
apt_tool() {
    local command=$1 package=$2
    if command -v "$command" >/dev/null; then
        return 0
    fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get install -y -q "$package" || { apt-get update -q && apt-get install -y -q "$package"; } || true
    fi
    command -v "$command" >/dev/null || missing "$command"
}
