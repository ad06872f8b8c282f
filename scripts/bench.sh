#!/usr/bin/env bash
# Races the engine against its peers, and with --gate fails where a target is missed.
#
#   scripts/bench.sh [STATION…] [--gate]       inside one process: benches/peers, targets in benches/targets.toml. The station `c` races what
#                                              benches/c builds: the library for C, and parsers for C that are installed where they can be.
#   scripts/bench.sh wire [CELL…] [--gate]     servers and clients as processes on pipes and sockets: benches/wire, targets beside it.
#                                              It wants two cores: one for what is measured, one for the load.
#   scripts/bench.sh python [TABLE…] [--rounds N] [--gate]  the Python package beside the libraries of Python: benches/python
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

# python_package: the package as people install it, beside what it is compared with.
python_package() {
    local venv=$root/target/python-bench
    python_packages "$venv" maturin==1.16.0 mcp==1.30.0 mcp-agent==0.2.6 msgspec==0.22.0 orjson==3.13.0
    python_packages "$root/target/python-2" mcp==2.3.0
    rm -rf "$venv/wheels"
    (cd python && PATH="$venv/bin:$PATH" maturin build --quiet --release --locked --out "$venv/wheels")
    "$venv/bin/pip" install -q --disable-pip-version-check --force-reinstall --no-deps "$venv"/wheels/*.whl
    cargo build --release --locked --manifest-path benches/wire/Cargo.toml -p wire-fastecho
    cargo build --release --locked -p mcp-engine-cli
}

if [ "${1:-}" = python ]; then
    shift
    python_package
    export MCP_ENGINE_FASTECHO=$root/benches/wire/target/release/fastecho MCP_ENGINE_PYTHON_2=$root/target/python-2/bin/python
    export MCP_ENGINE_PROGRAM=$root/target/release/mcp-engine
    exec "$root/target/python-bench/bin/python" benches/python/bench.py "$@"
fi
if [ "${1:-}" = wire ]; then
    shift
    wire_peers
    exec cargo run --release --locked --manifest-path benches/wire/Cargo.toml --bin wire -- "$@"
fi
# Without a station all of them run; what stands behind an option may be its value.
named=" ${*%%--*} "
if [ "$named" = "  " ] || [[ $named == *" c "* ]]; then benches/c/build.sh; fi
exec cargo run --release --locked --manifest-path benches/peers/Cargo.toml -- "$@"
