#!/usr/bin/env bash
# Runs the permits and the pool of the executor through every interleaving of its threads, up to some preemptions, and every order in which memory may
# show itself: scripts/loom.sh [NAME], all tests by default. Below target/loom, for the whole tree is built for the model checker.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

export RUSTFLAGS="--cfg loom"
exec cargo test --release --locked -p mcp-engine-executor --lib --target-dir target/loom "loom::${1:-}"
