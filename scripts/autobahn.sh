#!/usr/bin/env bash
# Holds the WebSockets of the engine, both sides, against the Autobahn suite: scripts/autobahn.sh [CASE…], all cases by default. The suite
# runs on Python 2.7 only, which pyenv or PYTHON2 brings, so that this is no part of scripts/test.sh. It is installed below
# target/autobahn, where its reports are left as well. Compression is not offered, so that its cases say "unimplemented".
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

suite=$root/target/autobahn
python=${PYTHON2:-$(command -v python2.7 || true)}
for candidate in "$HOME"/.pyenv/versions/2.7.*/bin/python2.7; do
    if [ -x "$candidate" ]; then python=${PYTHON2:-$candidate}; fi
done
[ -n "$python" ] || missing "Python 2.7" || exit 1
if [ ! -e "$suite/.installed" ]; then
    "$python" -m pip install -q --target "$suite" autobahntestsuite==25.10.1 || missing "autobahntestsuite" || exit 1
    touch "$suite/zope/__init__.py" "$suite/.installed"
fi
wstest() { PYTHONPATH=$suite "$python" "$suite/bin/wstest" "$@"; }

cargo build --locked -p mcp-engine-runtime --features internal,ws --example websocket_echo
echo=$root/target/debug/examples/websocket_echo
cases=$(printf '"%s",' "${@:-*}")
cases=[${cases%,}]
end() { if [ -n "${running:-}" ]; then kill "$running"; wait "$running" 2>/dev/null || true; fi; running=; }
trap end EXIT

# outcomes FILE: how often each outcome is in a report, and an error when a case has failed.
outcomes() {
    python3 - "$1" <<'PYTHON'
import collections, json, sys

(cases,) = json.load(open(sys.argv[1])).values()
outcomes = collections.Counter(case["behavior"] for case in cases.values())
print(len(cases), "cases:", ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))
closes = collections.Counter(case["behaviorClose"] for case in cases.values())
print("  closing:", ", ".join(f"{count} {outcome}" for outcome, count in sorted(closes.items())))
fine = {"OK", "INFORMATIONAL", "NON-STRICT", "UNIMPLEMENTED"}
failed = [name for name, case in cases.items() if not {case["behavior"], case["behaviorClose"]} <= fine]
sys.exit("failed: " + " ".join(failed) if failed or not cases else 0)
PYTHON
}

say "the server"
log=$suite/server.log
"$echo" server >"$log" &
running=$!
url=$(await_line "$log" ws://)
cat >"$suite/client.json" <<JSON
{"outdir": "$suite/server", "servers": [{"agent": "mcp-engine", "url": "$url"}], "cases": $cases, "exclude-cases": [], "exclude-agent-cases": {}}
JSON
wstest -m fuzzingclient -s "$suite/client.json" >"$suite/wstest.log" 2>&1 || { tail "$suite/wstest.log"; exit 1; }
end
outcomes "$suite/server/index.json"

say "the client"
port=$(free_port)
cat >"$suite/server.json" <<JSON
{"outdir": "$suite/client", "url": "ws://127.0.0.1:$port", "cases": $cases, "exclude-cases": [], "exclude-agent-cases": {}}
JSON
PYTHONPATH=$suite "$python" -u "$suite/bin/wstest" -m fuzzingserver -w 0 -s "$suite/server.json" >"$suite/wstest.log" 2>&1 &
running=$!
await_port "$port"
"$echo" client "ws://127.0.0.1:$port"
end
outcomes "$suite/client/index.json"
