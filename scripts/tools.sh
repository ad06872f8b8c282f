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

# cargo_tool NAME VERSION: makes `cargo NAME` of that version available, below target/tools.
cargo_tool() {
    local name=$1 version=$2
    if [ "$("cargo-$name" --version 2>/dev/null | awk '{ print $NF }')" = "$version" ]; then
        return 0
    fi
    env -u CARGO_TARGET_DIR cargo install --root "$tools" --locked "cargo-$name@$version" || missing "cargo-$name $version"
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
    : >"$log"
    "$root/target/debug/mcp-engine" "$@" 2>"$log" &
    servers+=($!)
    trap 'kill "${servers[@]}"' EXIT
    # shellcheck disable=SC2034
    url=$(await_line "$log" "serves on")
}
servers=()

# serve_python LOG: the server of examples/python/everything.py over HTTP, until the script ends, on a package that is built for it. Sets `url`.
serve_python() {
    local log=$1 package=$root/target/conformance/python
    cargo build --locked -p mcp-engine-python
    rm -rf "$package"
    mkdir -p "$package"
    cp -r "$root/python/mcp_engine" "$package/mcp_engine"
    cp "$root/target/debug/lib_core.so" "$package/mcp_engine/_core.abi3.so"
    : >"$log"
    PYTHONPATH=$package python3 "$root/examples/python/everything.py" --http 0 2>"$log" &
    servers+=($!)
    trap 'kill "${servers[@]}"' EXIT
    # shellcheck disable=SC2034
    url=$(await_line "$log" "serves on")
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

# schema_suite: puts the JSON Schema Test Suite below target/tools. The sources of the Python package `jsonschema` carry it.
schema_suite() {
    local suite=$tools/json-schema-test-suite
    if [ -n "${MCP_ENGINE_SCHEMA_SUITE:-}" ] || [ -d "$suite/tests" ]; then
        return 0
    fi
    mkdir -p "$tools"
    python3 - "$suite" <<'PYTHON' || missing "the JSON Schema Test Suite"
import hashlib, io, os, re, subprocess, sys, tarfile, urllib.parse, urllib.request

NAME, SHA256 = "jsonschema-4.26.0.tar.gz", "0c26707e2efad8aa1bfc5b7ce170f3fccc2e4918ff85989ba9ffa9facb2be326"
configured = subprocess.run([sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True)
index = os.environ.get("PIP_INDEX_URL") or configured.stdout.strip() or "https://pypi.org/simple"
page = index.rstrip("/") + "/jsonschema/"
links = re.findall(r'href="([^"]+)"', urllib.request.urlopen(page, timeout=60).read().decode())
link = next(link for link in links if link.split("#")[0].endswith("/" + NAME))
archive = urllib.request.urlopen(urllib.parse.urljoin(page, link), timeout=60).read()
if hashlib.sha256(archive).hexdigest() != SHA256:
    sys.exit(NAME + " is not what it was")
with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
    for member in tar.getmembers():
        _, _, path = member.name.partition("/json/")
        if path and member.isfile() and ".." not in path:
            target = os.path.join(sys.argv[1], path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(tar.extractfile(member).read())
PYTHON
}
