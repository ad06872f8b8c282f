# Sourced by the scripts beside it: where the project stands, and the tools that cargo does not bring along.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$root/target/tools
export PATH="$tools/bin:$PATH"

say() { printf '\n=== %s\n' "$*"; }

# missing WHAT: an error in CI, else a word about what does not run. Yields false.
missing() {
    if [ "${CI:-}" = true ]; then
        printf 'error: %s is missing\n' "$1" >&2
        exit 1
    fi
    printf 'NOT RUN: %s is missing\n' "$1" >&2
    return 1
}

# cargo_tool NAME VERSION: makes `cargo NAME` of that version available, below target/tools. It is built sooner than it would run faster.
cargo_tool() {
    local name=$1 version=$2
    if [ "$("cargo-$name" --version 2>/dev/null | awk '{ print $NF }')" = "$version" ]; then
        return 0
    fi
    env -u CARGO_TARGET_DIR cargo install --debug --root "$tools" --locked "cargo-$name@$version" || missing "cargo-$name $version"
}

# apt_tool COMMAND PACKAGE: makes a command available, where that is ours to do.
apt_tool() {
    local command=$1 package=$2
    if command -v "$command" >/dev/null; then
        return 0
    fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get install -y -q "$package" || { apt-get update -q && apt-get install -y -q "$package"; } || true
    fi
    command -v "$command" >/dev/null || missing "$command"
}

# npm_packages FOLDER PACKAGE@VERSION…: installs these packages into a folder.
npm_packages() {
    local folder=$1
    shift
    if [ "$(cat "$folder/.installed" 2>/dev/null)" = "$*" ]; then
        return 0
    fi
    apt_tool npm npm || return 1
    mkdir -p "$folder"
    npm install --prefix "$folder" --no-audit --no-fund --no-save --silent "$@" || missing "npm: $*" || return 1
    printf '%s' "$*" >"$folder/.installed"
}

# python_packages FOLDER PACKAGE==VERSION…: a virtual environment with these packages.
python_packages() {
    local folder=$1
    shift
    if [ "$(cat "$folder/.installed" 2>/dev/null)" = "$*" ]; then
        return 0
    fi
    rm -rf "$folder"
    python3 -m venv "$folder" && "$folder/bin/pip" install -q --disable-pip-version-check "$@" || missing "Python: $*" || return 1
    printf '%s' "$*" >"$folder/.installed"
}

# python_sources VENV FOLDER: puts the source distribution of the Python package into a folder, with the maturin of that environment.
python_sources() {
    local log
    log=$(cd "$root/python" && "$1/bin/maturin" sdist --out "$2" 2>&1) || { printf '%s\n' "$log" >&2 && return 1; }
}

# python_layer FOLDER UNDER PACKAGE==VERSION…: a virtual environment with these packages in front of those of another one.
python_layer() {
    local folder=$1 under=$2
    shift 2
    if [ "$(cat "$folder/.installed" 2>/dev/null)" = "$under $*" ]; then
        return 0
    fi
    rm -rf "$folder"
    python3 -m venv "$folder" || missing "Python: venv" || return 1
    # What is below is seen by pip too, so that only what is not there is installed.
    "$under/bin/python" -c 'import sys; print(*(path for path in sys.path if path.endswith("-packages")), sep="\n")' \
        >"$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/under.pth"
    "$folder/bin/pip" install -q --disable-pip-version-check "$@" || missing "Python: $*" || return 1
    printf '%s' "$under $*" >"$folder/.installed"
}

# await_line FILE PATTERN: the last word of the first line in a file that has that pattern, once there is one.
await_line() {
    local file=$1 pattern=$2 word
    for _ in $(seq 200); do
        word=$(awk -v pattern="$pattern" '$0 ~ pattern { print $NF; exit }' "$file" 2>/dev/null)
        if [ -n "$word" ]; then
            printf '%s' "$word"
            return 0
        fi
        sleep 0.05
    done
    printf 'error: no "%s" in %s\n' "$pattern" "$file" >&2
    return 1
}

# serve_http LOG ARGUMENT…: `mcp-engine ARGUMENT…`, which serves over HTTP, until the script ends. Sets `url`.
serve_http() {
    local log=$1
    shift
    serve_program "$log" "$root/target/debug/mcp-engine" "$@"
}

# serve_program LOG PROGRAM ARGUMENT…: the same for any program that says on its standard error where it serves.
serve_program() {
    local log=$1
    shift
    : >"$log"
    "$@" 2>"$log" &
    servers+=($!)
    trap 'kill "${servers[@]}"' EXIT
    # shellcheck disable=SC2034
    url=$(await_line "$log" "serves on")
}
servers=()

# serve_python LOG: the same for examples/python/everything.py, on a package of the library that was built last.
serve_python() {
    local log=$1 package=$root/target/conformance/python
    rm -rf "$package"
    mkdir -p "$package"
    cp -r "$root/python/mcp_engine" "$package/mcp_engine"
    cp "$root/target/debug/lib_core.so" "$package/mcp_engine/_core.abi3.so"
    serve_program "$log" env PYTHONPATH="$package" python3 "$root/examples/python/everything.py" --http 0
}

# free_port: a port that nothing has.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# await_port PORT: once something listens there.
await_port() {
    for _ in $(seq 200); do
        if (: >"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
        sleep 0.05
    done
    printf 'error: nothing listens at %s\n' "$1" >&2
    return 1
}

# c_libraries PACKAGE FLAG…: builds its libraries for C and nothing else: beside the one for Rust, Cargo leaves them without optimisation across crates.
c_libraries() {
    local package=$1
    shift
    cargo rustc --locked "$@" -p "$package" --lib --crate-type staticlib,cdylib
}

# source_archive PACKAGE FILE SHA256: puts the sources of a Python package, as its registry has them, below target/tools.
source_archive() {
    local package=$1 file=$2 sha256=$3
    mkdir -p "$tools"
    python3 - "$@" "$tools/$file" <<'PYTHON' || missing "$file"
import hashlib, os, re, subprocess, sys, urllib.parse, urllib.request
from pathlib import Path

package, name, sha256, target = sys.argv[1:]
target = Path(target)
if target.exists() and hashlib.sha256(target.read_bytes()).hexdigest() == sha256:
    sys.exit()
configured = subprocess.run([sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True)
index = os.environ.get("PIP_INDEX_URL") or configured.stdout.strip() or "https://pypi.org/simple"
page = index.rstrip("/") + f"/{package}/"
links = re.findall(r'href="([^"]+)"', urllib.request.urlopen(page, timeout=60).read().decode())
link = next(link for link in links if link.split("#")[0].endswith("/" + name))
archive = urllib.request.urlopen(urllib.parse.urljoin(page, link), timeout=60).read()
if hashlib.sha256(archive).hexdigest() != sha256:
    sys.exit(name + " is not what it was")
target.write_bytes(archive)
PYTHON
}

# schema_suite: puts the JSON Schema Test Suite below target/tools. The sources of the Python package `jsonschema` carry it.
schema_suite() {
    local suite=$tools/json-schema-test-suite name=jsonschema-4.26.0
    if [ -n "${MCP_ENGINE_SCHEMA_SUITE:-}" ] || [ -d "$suite/tests" ]; then
        return 0
    fi
    source_archive jsonschema "$name.tar.gz" 0c26707e2efad8aa1bfc5b7ce170f3fccc2e4918ff85989ba9ffa9facb2be326 || return 1
    mkdir -p "$suite"
    tar -xzf "$tools/$name.tar.gz" -C "$suite" --strip-components=2 "$name/json"
}
