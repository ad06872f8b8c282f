"""The step http: where it puts the engine's transports, and that they are gone again. test_e2e.py has the calls."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

pytest.importorskip("mcp_agent")

from mcp_agent.mcp import mcp_connection_manager, mcp_server_registry

from mcp_engine.compat import mcp as ours
from mcp_engine.compat import mcp_agent
from mcp_engine.compat.mcp import stdio

NAMES = ("streamablehttp_client", "sse_client", "websocket_client")


@pytest.fixture(autouse=True)
def off_again() -> Iterator[None]:
    stdio._told.clear()
    yield
    mcp_agent.uninstall()
    stdio._told.clear()


@pytest.fixture
def twin(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module as an application has it that is run from its sources."""
    module = ModuleType("src.mcp_agent.mcp.mcp_server_registry")
    vars(module).update({name: getattr(mcp_server_registry, name) for name in NAMES})
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_the_transports_are_ours_and_theirs_again(twin: ModuleType) -> None:
    modules = (mcp_connection_manager, mcp_server_registry, twin)
    before = [getattr(module, name) for module in modules for name in NAMES]
    mcp_agent.install(["http"])
    for module in modules:
        assert [getattr(module, name) for name in NAMES] == [getattr(ours, name) for name in NAMES]
    assert twin.__name__ in mcp_agent.status()["http"]
    mcp_agent.uninstall()
    assert [getattr(module, name) for module in modules for name in NAMES] == before


def test_a_transport_of_somebody_else_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def own(url: str) -> None: ...

    monkeypatch.setattr(mcp_connection_manager, "sse_client", own)
    mcp_agent.install(["http"])
    assert mcp_connection_manager.sse_client is own
    assert mcp_connection_manager.websocket_client is ours.websocket_client
    mcp_agent.uninstall()
    assert mcp_connection_manager.sse_client is own


def test_what_was_left_to_the_sdk_is_said() -> None:
    mcp_agent.install(["http"])
    assert "left to the SDK" not in mcp_agent.status()["http"]
    with pytest.warns(RuntimeWarning, match="a factory"):
        stdio.fall_back("a factory of httpx clients")
    assert mcp_agent.status()["http"].endswith("; left to the SDK: a factory of httpx clients")
