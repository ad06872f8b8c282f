"""The step ``session``: the sessions of mcp-agent are the engine's."""

from __future__ import annotations

import types
from functools import partial
from types import ModuleType
from typing import Any

from .._patches import Patch, Undo
from ._events.spans import may_record

__all__ = ["AgentSession"]


class AgentSession(Patch):
    """``MCPAgentClientSession`` is derived from our ``ClientSession``, and through it from the SDK's."""

    module = "mcp_agent.mcp.mcp_agent_client_session"

    def apply(self, module: ModuleType) -> Undo:
        from mcp.client import session as sdk

        from ..mcp.session import ClientSession, opened

        session = module.MCPAgentClientSession
        legacy: tuple[type, ...] = session.__bases__
        session.__bases__ = tuple(ClientSession if base is sdk.ClientSession else base for base in legacy)
        own = session.send_request

        def sends_directly(self: Any) -> bool:
            return type(self).send_request in (own, session.send_request) and _passes_unseen(module.logger, self.context)

        def failed(self: Any, error: Exception) -> None:
            module.logger.error(f"send_request failed: {error}")

        own_methods = {"_sends_directly": sends_directly, "_failed": failed}
        for name, method in own_methods.items():
            setattr(session, name, method)

        def undo() -> None:
            session.__bases__ = legacy
            for name in own_methods:
                delattr(session, name)
            _keep([one for one in opened if isinstance(one, session)], ClientSession, own_methods)

        return undo


def _keep(sessions: list[Any], base: type, own_methods: dict[str, Any]) -> None:
    """Sessions that are open stay what they are until they are closed: each gets a class of its own below its present one."""
    kept: dict[type, type] = {}
    for one in sessions:
        own = type(one)
        if own not in kept:
            names = {**own_methods, "__module__": own.__module__, "__qualname__": own.__qualname__, "__doc__": own.__doc__}
            kept[own] = types.new_class(own.__name__, (own, base), exec_body=partial(_fill, names))
        one.__class__ = kept[own]


def _fill(names: dict[str, Any], body: dict[str, Any]) -> None:
    body.update(names)


def _passes_unseen(logger: Any, context: Any) -> bool:
    """Whether nobody would see a request that is written down, as far as the step ``events`` knows."""
    audience = getattr(logger, "_mcp_engine_audience", None)
    if audience is None or may_record(context):
        return False
    return not audience.wants(logger, "debug", None, "", {"data": {}})
