#!/usr/bin/env bash
# Races the engine against its peers: scripts/bench.sh [STATION…] [--gate]. With --gate it fails where a target of
# benches/targets.toml is missed. All options: scripts/bench.sh --help.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

exec cargo run --release --locked --manifest-path benches/peers/Cargo.toml -- "$@"
