#!/usr/bin/env bash
# Plays conversations that seeds make up: scripts/simulate.sh [SCHEDULES [FIRST_SEED]], a million from the seed 1 on by default, built
# for release, on every core. A seed that breaks a rule is named; to see it:
# MCP_ENGINE_SEED=n cargo test --test simulation every -- --nocapture
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

export MCP_ENGINE_SCHEDULES=${1:-1000000}
export MCP_ENGINE_FIRST_SEED=${2:-1}
exec cargo test --release --locked --test simulation every -- --nocapture
