#!/usr/bin/env bash
# Installs the SDKs in TypeScript and Python below target, and puts their servers where `wire` looks for programs. What is there already is
# left as it is. Fails when one of them could not be installed.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$here/../target
mkdir -p "$target/scripting" "$target/release"
target=$(cd "$target" && pwd)

typescript() {
    local place=$target/scripting/typescript
    if [ ! -d "$place/node_modules" ]; then
        mkdir -p "$place"
        printf '{"type":"module","private":true}\n' >"$place/package.json"
        (cd "$place" && timeout 120 npm install --silent --no-audit --no-fund @modelcontextprotocol/sdk@1.32 zod) || {
            rm -rf "$place"
            return 1
        }
    fi
    install -m 755 "$here/typescript-server" "$place/typescript-server"
    ln -sf "$place/typescript-server" "$target/release/typescript-server"
}

python() {
    local place=$target/scripting/python
    if [ ! -x "$place/bin/python3" ]; then
        python3 -m venv "$place" && timeout 120 "$place/bin/pip" install -q --disable-pip-version-check 'mcp==2.3.*' || {
            rm -rf "$place"
            return 1
        }
    fi
    { printf '#!%s/bin/python3\n' "$place"; cat "$here/python-server"; } >"$target/release/python-server"
    chmod 755 "$target/release/python-server"
}

failed=0
typescript || failed=1
python || failed=1
exit $failed
