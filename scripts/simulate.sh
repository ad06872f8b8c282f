#!/usr/bin/env bash
# Plays what seeds make up: scripts/simulate.sh [SCHEDULES [FIRST_SEED]], a million conversations and a million schedules of the executor
# from the seed 1 on by default, built for release, on every core. A seed that breaks a rule is named, with the command that shows it.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

export MCP_ENGINE_SCHEDULES=${1:-1000000}
export MCP_ENGINE_FIRST_SEED=${2:-1}
say "conversations"
cargo test --release --locked -p mcp-engine --test simulation every -- --nocapture
say "schedules of the executor"
cargo test --release --locked -p mcp-engine-executor --features internal --test simulation every -- --nocapture
