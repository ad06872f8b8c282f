#!/usr/bin/env bash
# Builds the Python package as people install it, but for its optimisation, and runs its tests: python/tests, the types, and what the wheel
# holds. Everything is installed below target/python.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

venv=$root/target/python
python_packages "$venv" maturin==1.16.0 mcp==1.30.0 mcp-agent==0.2.6 mypy==2.4.1 numpy==2.4.6 pydantic==2.14.4 pytest==9.2.0 pytest-timeout==2.4.0 pytest-xdist==3.8.0 trio==0.35.0 uvloop==0.23.0
cargo build --locked --workspace --all-features --bins --examples

say "the wheel"
wheels=$root/target/wheels
rm -rf "$wheels"
sbom=$root/target/mcp-engine-python.cdx.json
python3 scripts/sbom.py mcp-engine-python "$sbom"
(cd python && PATH="$venv/bin:$PATH" maturin build --quiet --locked --sbom-include "$sbom" --out "$wheels")
"$venv/bin/pip" install -q --disable-pip-version-check --force-reinstall --no-deps "$wheels"/mcp_engine-*.whl
held=$("$venv/bin/python" -m zipfile -l "$wheels"/mcp_engine-*.whl)
for member in mcp_engine/_core.abi3.so mcp_engine/_core.pyi mcp_engine/py.typed mcp_engine/client.py mcp_engine/server/__init__.py mcp_engine/_link.py mcp_engine/compat/mcp_agent.py mcp_engine/compat/_steps/schema.py mcp_engine/compat/_steps/_events/bus.py mcp_engine/compat/mcp/session.py; do
    [[ $held == *"$member "* ]] || { printf 'the wheel has no %s\n' "$member" >&2; exit 1; }
done

# What the extras allow is what the tests run with: nothing may be missing, and nothing is fetched.
"$venv/bin/pip" install -q --disable-pip-version-check --no-index "$(echo "$wheels"/mcp_engine-*.whl)[mcp,mcp-agent]"
"$venv/bin/python" scripts/wheel.py "$wheels"/mcp_engine-*.whl "$sbom"

say "the source distribution"
python_sources "$venv" "$wheels"
empty=$root/target/python-empty
rm -rf "$empty"
python3 -m venv "$empty"
# As pip does it for anybody, but for the optimisation and for what was compiled before.
MATURIN_PEP517_ARGS="--profile dev" CARGO_TARGET_DIR=$root/target "$empty/bin/pip" wheel -q --disable-pip-version-check --no-deps --wheel-dir "$empty/wheels" "$wheels"/mcp_engine-*.tar.gz
"$venv/bin/python" scripts/wheel.py "$empty"/wheels/mcp_engine-*.whl
"$empty/bin/pip" install -q --disable-pip-version-check "$empty"/wheels/mcp_engine-*.whl
(cd "$empty" && bin/python -c 'import mcp_engine; assert mcp_engine.Decoder().feed(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n")[0].method == "ping"')

say "types"
"$venv/bin/mypy" --config-file python/pyproject.toml python/mcp_engine
(cd target && "$venv/bin/stubtest" --mypy-config-file ../python/pyproject.toml mcp_engine)

say "tests"
# A process for each core, and a file is run by one: its servers are started once.
"$venv/bin/python" -m pytest -c python/pyproject.toml --rootdir python --timeout 120 --numprocesses "$(nproc)" --dist loadfile python/tests "$@"

# MCP_ENGINE_SESSIONS=100000 is the long form.
say "soak"
"$venv/bin/python" benches/python/soak.py --program target/debug/mcp-engine --sessions "${MCP_ENGINE_SESSIONS:-350}"

say "calls by chance, 10 s"
"$venv/bin/python" python/tests/surface.py 10
