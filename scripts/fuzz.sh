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

# fuzz TARGET: fuzzes it, and says what came of it when it has ended.
fuzz() {
    local target=$1 grown=target/fuzz-corpus/$1 leaks=1 said status=0
    mkdir -p "$grown"
    # The validators of some schemas that refer to themselves are not freed by the library that makes them: docs/SECURITY.md.
    [ "$target" = schema ] && leaks=0
    said=$(ASAN_OPTIONS=detect_leaks=$leaks cargo fuzz run "$target" "$grown" "fuzz/corpus/$target" "fuzz/regressions/$target" -- \
        -max_total_time="$seconds" -seed="${SEED:-0}" -max_len=4096 -timeout=20 -rss_limit_mb=2048 -dict=fuzz/mcp.dict \
        -artifact_prefix="fuzz/regressions/$target/" -print_final_stats=1 -verbosity=0 2>&1) || status=$?
    say "fuzzed $target for $seconds s"
    printf '%s\n' "$said"
    return "$status"
}
export -f fuzz say
export seconds
# As many at a time as there are cores: each is one thread.
printf '%s\0' "${targets[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -euo pipefail -c 'fuzz "$1"' fuzz
