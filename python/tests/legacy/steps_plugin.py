"""A pytest plugin, for ``-p``: the tests of somebody else run with steps of mcp_engine.compat.mcp_agent, and those that pass are written down."""

from __future__ import annotations

import importlib
import json
from contextlib import suppress
from pathlib import Path

import pytest

from mcp_engine.compat import mcp_agent
from mcp_engine.compat._steps import STEPS

_passes: set[str] = set()
_failures: set[str] = set()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mcp-engine")
    group.addoption("--engine-steps", default="none", help="all, none, or names with commas between them")
    group.addoption("--engine-undo", action="store_true", help="switch them off again before anything is collected")
    group.addoption("--engine-passes", type=Path, required=True, help="the file to write the names of what passes to")


def pytest_configure(config: pytest.Config) -> None:
    wanted = _wanted(config)
    mcp_agent.install(wanted)
    if config.getoption("--engine-undo"):
        _import_what_changes(wanted)
        mcp_agent.uninstall(wanted)


def pytest_report_header(config: pytest.Config) -> list[str]:
    return [f"step {name}: {how}" for name, how in mcp_agent.status().items()]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _failures.add(report.nodeid)
    elif report.when == "call" and report.passed:
        _passes.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    session.config.getoption("--engine-passes").write_text(json.dumps(sorted(_passes - _failures)))
    if not session.config.getoption("--engine-undo"):
        left = [name for name in _wanted(session.config) if not mcp_agent.status()[name].startswith("on")]
        if left:
            pytest.exit(f"not on at the end: {', '.join(left)}", returncode=70)


def _wanted(config: pytest.Config) -> list[str]:
    named = config.getoption("--engine-steps")
    return {"all": list(STEPS), "none": []}.get(named) if named in ("all", "none") else named.split(",")


def _import_what_changes(steps: list[str]) -> None:
    """So that there is something to take back."""
    for name in steps:
        for patch in STEPS[name]():
            with suppress(ImportError):
                importlib.import_module(patch.module)
