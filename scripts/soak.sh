#!/usr/bin/env bash
# Proves that nothing grows and nothing is left behind.
#
#   scripts/soak.sh                     a million sessions, ten thousand children, a thousand slow clients of each kind, ten thousand idle ones:
#                                       release build, some minutes
#   scripts/soak.sh --short             some thousands and a hundred: debug build, half a minute, times are shown and not judged
#   scripts/soak.sh [--short] sessions  one stage of children, sessions, slow, idle; --sessions N for another number of them
#
# Each stage says what it does, and a table at the end says what was found. It fails when something has grown.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

profile=release
for argument in "$@"; do
    if [ "$argument" = --short ]; then
        profile=dev
    fi
done
cargo build --quiet --locked --profile "$profile" --package mcp-engine-cli
cargo build --quiet --locked --profile "$profile" --features http,macros --example soak
folder=${CARGO_TARGET_DIR:-target}/${profile/dev/debug}
exec "$folder/examples/soak" --program "$folder/mcp-engine" "$@"
