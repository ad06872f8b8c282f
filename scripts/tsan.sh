#!/usr/bin/env bash
# Runs the tests of the executor under ThreadSanitizer: scripts/tsan.sh [NAME], all by default. Below target/tsan, with a standard library
# that is built for it too, or it would not see what a mutex orders. Nor does it see what fences order: crossbeam notices it and uses
# other means. What it is wrong about stands in scripts/tsan.supp.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

if [ ! -d "$(rustc --print sysroot)/lib/rustlib/src/rust/library" ]; then
    rustup component add rust-src || missing "the component rust-src" || exit 1
fi
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer"
export TSAN_OPTIONS="suppressions=$root/scripts/tsan.supp ${TSAN_OPTIONS:-}"
exec cargo test --locked -p mcp-engine-executor --lib --tests -Zbuild-std --target x86_64-unknown-linux-gnu \
    --target-dir target/tsan "${1:-}"
