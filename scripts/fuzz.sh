#!/usr/bin/env bash
# Fuzzes under AddressSanitizer: scripts/fuzz.sh [SECONDS] [TARGET…], 60 s and all targets by default. What is found grows
# below target/fuzz-corpus; an input that fails is left in fuzz/regressions, where tests/corpus_replay.rs runs it
# from then on. To make such an input smaller: cargo fuzz tmin TARGET FILE. SEED=N plays the same inputs again.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

seconds=${1:-60}
targets=("${@:2}")
if [ ${#targets[@]} -eq 0 ]; then
    targets=(frame sse json message http_headers uri model connection schema scheduler snapshot capi)
fi

cargo_tool fuzz 0.13.2 || exit 1
# Sanitizers are a nightly feature; this lets the stable compiler have them, for the fuzz workspace only.
export RUSTC_BOOTSTRAP=1
cargo fuzz build
for target in "${targets[@]}"; do
    say "fuzz $target for $seconds s"
    grown=target/fuzz-corpus/$target
    mkdir -p "$grown"
    # The validators of some schemas that refer to themselves are not freed by the library that makes them: docs/SECURITY.md.
    leaks=1
    [ "$target" = schema ] && leaks=0
    ASAN_OPTIONS=detect_leaks=$leaks cargo fuzz run "$target" "$grown" "fuzz/corpus/$target" "fuzz/regressions/$target" -- \
        -max_total_time="$seconds" -seed="${SEED:-0}" -max_len=4096 -timeout=20 -rss_limit_mb=2048 -dict=fuzz/mcp.dict \
        -artifact_prefix="fuzz/regressions/$target/" -print_final_stats=1 -verbosity=0
done
