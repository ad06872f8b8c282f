"""The step ``session``: the sessions of mcp-agent are the engine's."""

from __future__ import annotations

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

        from ..mcp.session import ClientSession

        session = module.MCPAgentClientSession
        legacy: tuple[type, ...] = session.__bases__
        session.__bases__ = tuple(ClientSession if base is sdk.ClientSession else base for base in legacy)
        own = session.send_request

        def sends_directly(self: Any) -> bool:
            return type(self).send_request in (own, session.send_request) and _passes_unseen(module.logger, self.context)

        def failed(self: Any, error: Exception) -> None:
            module.logger.error(f"send_request failed: {error}")

        session._sends_directly, session._failed = sends_directly, failed

        def undo() -> None:
            session.__bases__ = legacy
            del session._sends_directly, session._failed

        return undo


def _passes_unseen(logger: Any, context: Any) -> bool:
    """Whether nobody would see a request that is written down, as far as the step ``events`` knows."""
    audience = getattr(logger, "_mcp_engine_audience", None)
    if audience is None or may_record(context):
        return False
    return not audience.wants(logger, "debug", None, "", {"data": {}})
