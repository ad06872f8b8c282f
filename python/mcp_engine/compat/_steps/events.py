"""The step ``events``: an event that nobody would see is not made.

Whoever sees an event sees what it saw before, in the same order: the level of filters, of the ``logging`` module and of sessions is asked at every event, and
a listener, transport or filter that is not mcp-agent's own is always taken to want it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .._patches import Patch, Undo
from ._events.audience import Audience
from ._events.bus import processing
from ._events.spans import may_record, silent_tracer
from ._undo import undo_of

__all__ = ["EventBus", "EventGate", "SessionEvents", "Spans", "TracedArguments"]


class EventGate(Patch):
    """``Logger.event`` asks first whether anybody wants the event, and hands it over without a task where nothing has to be awaited."""

    module = "mcp_agent.logging.logger"

    def apply(self, module: ModuleType) -> Undo:
        logger = module.Logger
        audience = Audience(module)
        legacy, legacy_emit = logger.event, logger._emit_event

        def event(self: Any, etype: Any, ename: Any, message: Any, context: Any, data: Any) -> None:
            if context is None and _is_running() and not audience.wants(self, etype, ename, message, data):
                return
            legacy(self, etype, ename, message, context, data)

        def emit_event(self: Any, event: Any) -> None:
            if _is_running() and audience.takes_at_once(self.event_bus):
                self.event_bus._queue.put_nowait(event)
            else:
                legacy_emit(self, event)

        logger.event, logger._emit_event, logger._mcp_engine_audience = event, emit_event, audience
        return undo_of(logger, event=legacy, _emit_event=legacy_emit, _mcp_engine_audience=None)


class EventBus(Patch):
    """``AsyncEventBus`` takes its queue event by event, instead of by two tasks for each, and awaits mcp-agent's own listeners where it stands."""

    module = "mcp_agent.logging.transport"

    def apply(self, module: ModuleType) -> Undo:
        bus = module.AsyncEventBus
        legacy = bus._process_events
        bus._process_events = processing(module)
        return undo_of(bus, _process_events=legacy)


class SessionEvents(Patch):
    """``MCPAgentClientSession`` does not write down every request and result for events and spans that nobody sees."""

    module = "mcp_agent.mcp.mcp_agent_client_session"

    def apply(self, module: ModuleType) -> Undo:
        session: Any = module.MCPAgentClientSession
        legacy: Callable[..., Any] = session.send_request

        async def send_request(self: Any, request: Any, result_type: Any, *args: Any, **kwargs: Any) -> Any:
            if may_record(self.context) or _sees_debug(module.logger):
                return await legacy(self, request, result_type, *args, **kwargs)
            try:
                above: Any = super(session, self)
                return await above.send_request(request, result_type, *args, **kwargs)
            except Exception as error:
                module.logger.error(f"send_request failed: {error}")
                raise

        session.send_request = send_request
        return undo_of(session, send_request=legacy)


class TracedArguments(Patch):
    """``telemetry.traced`` writes down arguments only for a span that is recorded."""

    module = "mcp_agent.tracing.telemetry"

    def apply(self, module: ModuleType) -> Undo:
        telemetry = module.TelemetryManager
        legacy = telemetry._record_args

        def record_args(self: Any, span: Any, args: Any, kwargs: Any) -> None:
            if span.is_recording():
                legacy(self, span, args, kwargs)

        telemetry._record_args = record_args
        return undo_of(telemetry, _record_args=legacy)


class Spans(Patch):
    """The spans of a module that nobody would record are not made."""

    def __init__(self, module: str) -> None:
        self.module = module

    def apply(self, module: ModuleType) -> Undo:
        legacy: Callable[[Any], Any] = module.get_tracer

        def get_tracer(context: Any) -> Any:
            return legacy(context) if may_record(context) else silent_tracer()

        module.get_tracer = get_tracer  # type: ignore[attr-defined]
        return undo_of(module, get_tracer=legacy)


def _sees_debug(logger: Any) -> bool:
    """Whether anybody would see a request that is written down."""
    audience = getattr(logger, "_mcp_engine_audience", None)
    return audience is None or audience.wants(logger, "debug", None, "", {"data": {}})


def _is_running() -> bool:
    """Whether a loop of asyncio runs here. That of a Temporal workflow, whose events take another way, does not say so."""
    try:
        return asyncio.get_running_loop().is_running()
    except (RuntimeError, NotImplementedError):
        return False
