"""The engine under mcp-agent, one seam at a time, without an edit of its source.

::

    from mcp_engine.compat import mcp_agent

    mcp_agent.install()                    # every step, or
    mcp_agent.install(["schema"])          # some
    print(mcp_agent.status())
    mcp_agent.uninstall()                  # as if it had never been

Without arguments, ``install`` reads the environment variable ``MCP_ENGINE_STEPS``: names with commas between them, ``all`` or ``none``. ``python -m
mcp_engine doctor`` says for every step whether it is on, and why not.

Steps:
    schema: The output of tools is judged by a schema that is compiled once, not at every call.
    cosine: Embeddings are compared without scikit-learn, which is not imported any more.
    executor: Tasks, signals and runs of the asyncio engine are the engine's: limits, timeouts and retries hold, a signal reaches its run alone and is
        not lost, and runs that have ended stay so. ``install(legacy=["cancel"])``, or ``MCP_ENGINE_LEGACY=cancel,map``, brings single
        bugs back: cancel, map, arguments, retries, resume, retention, mailbox.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ._patches import Patch, Patches
from ._steps import STEPS
from ._switches import keep_legacy

__all__ = ["install", "status", "uninstall"]

_patches = Patches()
_on: dict[str, list[Patch]] = {}


def install(steps: Iterable[str] | None = None, *, legacy: Iterable[str] | None = None) -> None:
    """Switches steps on: those named, else those of ``MCP_ENGINE_STEPS``, else all. A step that is on stays as it is.

    Modules may have been imported before, or be imported later. Bugs that are named in ``legacy`` stay, else those of ``MCP_ENGINE_LEGACY``; while
    steps are on, they change only when they are named.

    Raises:
        ValueError: there is no such step, or no such bug.
    """
    names = _named(steps)
    if legacy is not None or not _on:
        keep_legacy(legacy)
    for name in names:
        if name not in _on:
            own = STEPS[name]()
            _on[name] = own
            for patch in own:
                _patches.add(patch)


def uninstall(steps: Iterable[str] | None = None) -> None:
    """Switches steps off: those named, else all. What they have changed is as it was before.

    Raises:
        ValueError: there is no such step.
    """
    for name in list(_on) if steps is None else _checked(steps):
        for patch in reversed(_on.pop(name, [])):
            _patches.remove(patch)


def status() -> dict[str, str]:
    """What every step is: "off", "on: MODULES", or "on, waits for MODULES" while nobody has imported what it changes."""
    return {name: _status(_on.get(name)) for name in STEPS}


def _status(patches: list[Patch] | None) -> str:
    if patches is None:
        return "off"
    changed = [name for patch in patches for name in _patches.applied_to(patch)]
    if changed:
        return f"on: {', '.join(changed)}"
    return f"on, waits for {', '.join(patch.module for patch in patches)}"


def _named(steps: Iterable[str] | None) -> list[str]:
    if steps is not None:
        return _checked(steps)
    wanted = os.environ.get("MCP_ENGINE_STEPS", "all").strip()
    if wanted == "all":
        return list(STEPS)
    if wanted in ("", "none"):
        return []
    return _checked(name.strip() for name in wanted.split(","))


def _checked(steps: Iterable[str]) -> list[str]:
    names = list(steps)
    for name in names:
        if name not in STEPS:
            raise ValueError(f"there is no step {name!r}: the steps are {', '.join(STEPS)}")
    return names
