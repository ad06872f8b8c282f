#!/usr/bin/env bash
# Builds the Python package as people install it, but for its optimisation, and runs its tests: python/tests, the types, and what the wheel
# holds. Everything is installed below target/python.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

venv=$root/target/python
python_packages "$venv" maturin==1.16.0 mcp==1.30.0 mcp-agent==0.2.6 mypy==2.4.1 numpy==2.4.6 pydantic==2.14.4 pytest==9.2.0 pytest-timeout==2.4.0 trio==0.35.0 uvloop==0.23.0
cargo build --locked --workspace --all-features --bins --examples

say "the wheel"
wheels=$root/target/wheels
rm -rf "$wheels"
(cd python && PATH="$venv/bin:$PATH" maturin build --quiet --locked --out "$wheels")
"$venv/bin/pip" install -q --disable-pip-version-check --force-reinstall --no-deps "$wheels"/mcp_engine-*.whl
held=$("$venv/bin/python" -m zipfile -l "$wheels"/mcp_engine-*.whl)
for member in mcp_engine/_core.abi3.so mcp_engine/_core.pyi mcp_engine/py.typed mcp_engine/client.py mcp_engine/_link.py mcp_engine/compat/mcp_agent.py mcp_engine/compat/_steps/schema.py mcp_engine/compat/mcp/session.py; do
    [[ $held == *"$member "* ]] || { printf 'the wheel has no %s\n' "$member" >&2; exit 1; }
done

say "types"
"$venv/bin/mypy" --config-file python/pyproject.toml python/mcp_engine
(cd target && "$venv/bin/stubtest" --mypy-config-file ../python/pyproject.toml mcp_engine)

say "tests"
"$venv/bin/python" -m pytest -c python/pyproject.toml --rootdir python --timeout 120 python/tests "$@"
