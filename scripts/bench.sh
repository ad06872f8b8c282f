#!/usr/bin/env bash
# Races the engine against its peers, and with --gate fails where a target is missed.
#
#   scripts/bench.sh [STATION…] [--gate]       inside one process: benches/peers, targets in benches/targets.toml
#   scripts/bench.sh wire [CELL…] [--gate]     servers and clients as processes on pipes and sockets: benches/wire, targets beside it.
#                                              It wants two cores: one for what is measured, one for the load.
#
# All options: scripts/bench.sh --help, scripts/bench.sh wire --help.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

# wire_peers: builds each server and client by itself, so that one that does not build costs only its own rows.
wire_peers() {
    local package
    for package in fastecho ours rmcp tower turbomcp pmcp rust-mcp-sdk; do
        cargo build --release --locked --manifest-path benches/wire/Cargo.toml -p "wire-$package" || missing "wire-$package" || true
    done
    benches/wire/scripting/install.sh || missing "a server in TypeScript or Python" || true
}

if [ "${1:-}" = wire ]; then
    shift
    wire_peers
    exec cargo run --release --locked --manifest-path benches/wire/Cargo.toml --bin wire -- "$@"
fi
exec cargo run --release --locked --manifest-path benches/peers/Cargo.toml -- "$@"
