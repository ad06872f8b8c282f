#!/usr/bin/env bash
# Tests everything. `scripts/test.sh quick` checks the format and the lints and runs the tests of a debug build; without
# an argument it also proves what takes longer. A missing tool is installed below target/tools where possible; where not,
# its step is not run, and with CI=true that is an error.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

begun=$SECONDS
passed=0
not_run=()
now="the start"

summary() {
    local status=$? took=$((SECONDS - begun)) left=""
    if [ ${#not_run[@]} -gt 0 ]; then
        left="; not run: $(printf '%s, ' "${not_run[@]}" | sed 's/, $//')"
    fi
    if [ "$status" -eq 0 ]; then
        printf '\nPASSED: %d steps in %d s%s\n' "$passed" "$took" "$left"
    else
        printf '\nFAILED at: %s (after %d steps, %d s)%s\n' "$now" "$passed" "$took" "$left"
    fi
}
trap summary EXIT

# step NAME COMMAND…
step() {
    now=$1
    shift
    say "$now"
    local from=$SECONDS
    "$@"
    passed=$((passed + 1))
    printf -- '--- %s: %d s\n' "$now" $((SECONDS - from))
}

# with TOOL…: whether a tool is there, noting for the summary what will not run for the lack of it.
with() {
    local name=$1
    shift
    now=$name
    if ! "$@"; then
        not_run+=("$name")
        return 1
    fi
}

formats() {
    cargo fmt --all --check
    cargo fmt --check --manifest-path fuzz/Cargo.toml
    cargo fmt --check --manifest-path benches/peers/Cargo.toml
    cargo fmt --all --check --manifest-path benches/wire/Cargo.toml
}

lints() {
    cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
}

# Linear time has a step of its own: it builds for release and needs Valgrind. Of schedules it is a taste: most are played by a release build.
tests() {
    MCP_ENGINE_SCHEDULES=2000 cargo test --workspace --locked --no-fail-fast --lib --bins --tests --examples -- --skip time_is_linear_in_the_input
    cargo test --locked -p mcp-engine --features tracing --test tracing
    cargo run --quiet --locked --features workers --example three_drivers
    cargo build --quiet --locked --workspace --all-features --bins --examples
}

documentation() {
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features --locked
}

mutations() {
    MCP_ENGINE_MUTATIONS=${MCP_ENGINE_MUTATIONS:-1000000} cargo test --release --locked -p mcp-engine --test differential
}

schedules() {
    scripts/simulate.sh "${MCP_ENGINE_SCHEDULES:-100000}"
}

interleavings() {
    scripts/loom.sh
}

dependencies() {
    cargo deny --all-features --locked check bans licenses sources
}

advisories() {
    cargo deny --all-features --locked check --disable-fetch advisories
}

peers() {
    benches/c/build.sh
    cargo clippy --all-targets --locked --manifest-path benches/peers/Cargo.toml -- -D warnings
    cargo test --profile proof --locked --manifest-path benches/peers/Cargo.toml
}

# Not gated, and not built for release: a ratio depends on the machine and on what else it is doing. `scripts/bench.sh --gate` is the judge.
short_run() {
    cargo run --profile proof --locked --manifest-path benches/peers/Cargo.toml -- envelope typed write --rounds 3
}

wire() {
    cargo clippy --all-targets --locked --manifest-path benches/wire/Cargo.toml -p mcp-engine-wire -p wire-fastecho -p wire-ours -- -D warnings
    cargo test --locked --manifest-path benches/wire/Cargo.toml -p mcp-engine-wire
}

mode=${1:-full}
case $mode in
    quick | full) ;;
    *)
        now="the arguments: scripts/test.sh [quick]"
        exit 2
        ;;
esac

step "format" formats
step "lints" lints
# The tests of the schema crate say by themselves what does not run without it.
with "the JSON Schema Test Suite" schema_suite || true
# So do those of the C ABI.
with "C programs under Valgrind" apt_tool valgrind valgrind || true
with "C programs by clang" apt_tool clang clang || true
step "unit and integration tests, debug build" tests
[ "$mode" = full ] || exit 0

step "soak, a short run" scripts/soak.sh --short
step "examples in the documentation" cargo test --workspace --all-features --locked --doc
step "documentation" documentation
step "a million mutations, release build" mutations
step "a hundred thousand conversations and as many schedules, release build" schedules
step "every interleaving of permits and the pool" interleavings
if with "linear time" apt_tool valgrind valgrind; then
    step "linear time" cargo test --locked --test linear -- --nocapture
fi
if with "the ABI for C" apt_tool abidiff abigail-tools; then
    step "the ABI for C" scripts/abi.sh
fi
if with "the installed tree" apt_tool cmake cmake && with "the installed tree" apt_tool mandoc mandoc && with "the installed tree" apt_tool pkg-config pkgconf; then
    step "the installed tree" scripts/installed.sh
fi
if with "dependencies" cargo_tool deny 0.20.2; then
    step "dependencies: bans, licences, sources" dependencies
    # The advisories are not part of the repository; away from the network there are none to check against.
    if timeout 60 cargo deny --locked fetch db >/dev/null 2>&1; then
        step "dependencies: advisories" advisories
    else
        printf 'NOT RUN: the advisory database cannot be fetched\n'
        not_run+=("advisories")
    fi
fi
if with "fuzzing" cargo_tool fuzz 0.13.2; then
    step "fuzzing, 10 s each" env SEED=1 scripts/fuzz.sh 10
fi
if with "Node and npm" apt_tool npm npm; then
    step "conformance" scripts/conformance.sh
    step "other SDKs, both ways" scripts/interop.sh
fi
if with "Python" command -v python3 >/dev/null; then
    step "the Python package" scripts/python.sh
    step "the tests of mcp-agent with the steps" scripts/legacy.sh
fi
step "peers of the benchmark" peers
step "the benchmark on the wire" wire
step "benchmark, a short run" short_run
