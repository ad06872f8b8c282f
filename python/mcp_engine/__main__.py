"""``python -m mcp_engine doctor``: what is here, and which steps of ``mcp_engine.compat.mcp_agent`` would work."""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from contextlib import suppress

from . import __version__


def doctor() -> int:
    """Prints the versions that matter, and every step: on, or why not."""
    from .compat import mcp_agent

    print(f"mcp-engine {__version__}, Python {sys.version.split()[0]}")
    for package in ("mcp", "mcp-agent"):
        print(f"{package} {_version(package)}")
    mcp_agent.install()
    with suppress(ImportError):
        # Some of its modules can only be imported after others, as by an application.
        importlib.import_module("mcp_agent.app")
    for step, state in mcp_agent.status().items():
        print(f"  {step}: {_state(step, state)}")
    return 0


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "is not installed"


def _state(step: str, state: str) -> str:
    """Tries what the step changes, where it was not imported."""
    from .compat import mcp_agent
    from .compat._steps import STEPS

    if state.startswith("off"):
        return state
    for patch in STEPS[step]():
        try:
            importlib.import_module(patch.module)
        except ImportError as error:
            return f"off; {error}"
    return mcp_agent.status()[step]


def main() -> int:
    if sys.argv[1:] == ["doctor"]:
        return doctor()
    print("usage: python -m mcp_engine doctor", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
