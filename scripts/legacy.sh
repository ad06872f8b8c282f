#!/usr/bin/env bash
# Judges the steps of `mcp_engine.compat.mcp_agent` by the tests of mcp-agent itself: what passes without them has to pass with all of them. `--long`
# also does it with the oldest MCP SDK that is supported, with each step alone, and after all were taken back. It takes the wheel that
# scripts/python.sh has built and installed, or, where MCP_ENGINE_PYTHON names another virtual environment, the package that this one or PYTHONPATH has.
set -euo pipefail
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"
cd "$root"

case ${1:-} in
    "") ways=(all) ;;
    --long) ways=(all undone each) ;;
    *) ways=("$@") ;;
esac

legacy=$root/target/legacy
archive=mcp_agent-0.2.6.tar.gz
source_archive mcp-agent "$archive" 609cf6195517d0741dac130b294bff7eb426e6217ca63839d957c79f22e6db09
mkdir -p "$legacy"
# Some of its tests import `src.mcp_agent`: they have to stand where they stand in its sources.
tar -xzf "$tools/$archive" -C "$legacy" mcp_agent-0.2.6/{src,tests,pyproject.toml}

under=${MCP_ENGINE_PYTHON:-$root/target/python}
if [ -z "${MCP_ENGINE_PYTHON:-}" ] && ! "$under/bin/python" -c 'import mcp_engine' 2>/dev/null; then
    scripts/python.sh --collect-only
fi
python_layer "$legacy/mcp-1.30.0" "$under" temporalio==1.35.0 openai==3.57.0 anthropic==2.14.0 pytest-asyncio==1.5.0

# accept VENV WAY…: the tests, by one virtual environment.
accept() {
    local venv=$1
    shift
    say "the tests of mcp-agent, with $(basename "$venv")"
    "$venv/bin/python" python/tests/legacy/accept.py "$legacy/mcp_agent-0.2.6" "$@"
}

accept "$legacy/mcp-1.30.0" "${ways[@]}"
if [ "${1:-}" = --long ]; then
    python_layer "$legacy/mcp-1.23.1" "$legacy/mcp-1.30.0" mcp==1.23.1
    accept "$legacy/mcp-1.23.1" "${ways[@]}"
fi
