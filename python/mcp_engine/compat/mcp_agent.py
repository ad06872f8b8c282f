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
    events: An event that no transport and no listener would do anything with is not made, nor a span that nobody records; those that are wanted need fewer tasks.
    aggregator: Names of tools go to the server that has them, persistent servers that have died are started again, closing does not sleep, and other faults of
        ``MCPAggregator`` and ``MCPConnectionManager`` are fixed: see ``docs/MIGRATION.md``.
    stdio: Servers that are programs are started, read and written by the engine.
    http: Servers over HTTP, HTTP+SSE and WebSockets are connected to by the engine.
    session: ``MCPAgentClientSession`` is the engine's session, over streams of the engine's; over others it is the SDK's as before.
    executor: Tasks, signals and runs of the asyncio engine are the engine's: limits, timeouts and retries hold, a signal reaches its run alone and is
        not lost, and runs that have ended stay so.

``install(legacy=["cancel"])``, or ``MCP_ENGINE_LEGACY=cancel,map``, keeps single faults that the steps fix.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ._packages import is_missing, unsupported
from ._patches import Patch, Patches
from ._steps import STEPS
from ._switches import keep

__all__ = ["install", "status", "uninstall"]

_patches = Patches()
_on: dict[str, list[Patch]] = {}
#: Why steps that were wanted are off.
_refused: dict[str, str] = {}


def install(steps: Iterable[str] | None = None, *, legacy: Iterable[str] | None = None) -> None:
    """Switches steps on: those named, else those of ``MCP_ENGINE_STEPS``, else all. A step that is on stays as it is.

    Modules may have been imported before, or be imported later. A step for a package in a version that is not known stays off, and ``status`` says so.
    ``legacy`` names faults of mcp-agent that are kept, for all steps; without it, those of ``MCP_ENGINE_LEGACY`` are. While steps are on, they change
    only when they are named.

    Raises:
        ValueError: there is no such step, or no such fault.
    """
    named = _named(steps)
    if legacy is not None or not _on:
        keep(legacy)
    for name in named:
        if name not in _on:
            _switch_on(name, STEPS[name]())


def _switch_on(name: str, own: list[Patch]) -> None:
    reasons = filter(None, (unsupported(patch.module) for patch in own))
    _refused.pop(name, None)
    if reason := next(reasons, None):
        _refused[name] = reason
        return
    _on[name] = own
    for patch in own:
        _patches.add(patch)


def uninstall(steps: Iterable[str] | None = None) -> None:
    """Switches steps off: those named, else all. What they have changed is as it was before.

    Raises:
        ValueError: there is no such step.
    """
    for name in reversed(list(_on) if steps is None else _checked(steps)):
        for patch in reversed(_on.pop(name, [])):
            _patches.remove(patch)
        _refused.pop(name, None)


def status() -> dict[str, str]:
    """What every step is: "off", "on: MODULES", or "on, waits for MODULES" while nobody has imported what it changes. Behind it stands, after a semicolon, what
    keeps a step off, or from some of its work: a package that is missing or has an unknown version, an event loop that it cannot drive.
    """
    return {name: _status(name, _on.get(name)) for name in STEPS}


def _status(name: str, patches: list[Patch] | None) -> str:
    if patches is None:
        return f"off; {_refused[name]}" if name in _refused else "off"
    changed = dict.fromkeys(module for patch in patches for module in _patches.applied_to(patch))
    waiting = dict.fromkeys(patch.module for patch in patches if not _patches.applied_to(patch))
    missing = dict.fromkeys(module.partition(".")[0] for module in waiting if is_missing(module))
    parts = [f"on: {', '.join(changed)}" if changed else f"on, waits for {', '.join(waiting)}"]
    parts += [f"{package} is not installed" for package in missing]
    parts += dict.fromkeys(filter(None, (patch.caveat() for patch in patches)))
    return "; ".join(parts)


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
