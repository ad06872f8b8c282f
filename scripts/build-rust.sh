#!/usr/bin/env bash
# Makes a release: tests, documentation, an optimised build, and what is installed of it.
#
#   scripts/build-rust.sh [--prefix DIR] [--without-tests] [--without-python]
#
# target/dist gets bin, include, lib and share: the program with its pages and completions, the libraries for C, shared and static, with what
# pkg-config and CMake read. The tree can be moved; DIR gets the same. The wheel and the source distribution for Python are in target/dist/python.
# With --without-tests the tests and benchmarks are left out, for those who have run scripts/test.sh; with --without-python, Python.
set -euo pipefail
# shellcheck source=scripts/layout.sh
. "$(dirname "${BASH_SOURCE[0]}")/layout.sh"

dist=$root/target/dist prefix="" tests=yes python=yes
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) prefix=$(realpath -m "${2:?a folder}") && shift ;;
        --without-tests) tests=no ;;
        --without-python) python=no ;;
        *) printf 'usage: scripts/build-rust.sh [--prefix DIR] [--without-tests] [--without-python]\n' >&2 && exit 2 ;;
    esac
    shift
done
cd "$root"
built=${CARGO_TARGET_DIR:-target}/release

say "optimised build"
build_installed --release

if [ "$tests" = yes ]; then
    say "tests"
    cargo test --workspace --locked --lib --bins --tests --examples -- --skip time_is_linear_in_the_input
    cargo test --workspace --all-features --locked --doc
    say "benchmarks, once each"
    cargo bench --locked --bench '*' -- --test
fi

say "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features --locked

say "what is installed"
rm -rf "$dist"
mkdir -p "$dist"
install_c "$built" "$dist"
install_program "$built/mcp-engine" "$dist"
if apt_tool cmake cmake && apt_tool mandoc mandoc && apt_tool pkg-config pkgconf; then
    scripts/installed.sh "$dist"
fi
if [ -n "$prefix" ]; then
    mkdir -p "$prefix"
    cp -a "$dist/." "$prefix"
fi

if [ "$python" = yes ]; then
    say "the Python package"
    venv=$root/target/python-build
    python_packages "$venv" maturin==1.16.0
    mkdir -p "$dist/python"
    sbom=$root/target/mcp-engine-python.cdx.json
    python3 scripts/sbom.py mcp-engine-python "$sbom"
    (cd python && PATH="$venv/bin:$PATH" maturin build --quiet --release --locked --sbom-include "$sbom" --out "$dist/python")
    python_sources "$venv" "$dist/python"
fi
say "$dist"
find "$dist" \( -type f -o -type l \) -printf '%9s  %P %l\n' | sort -k 2
