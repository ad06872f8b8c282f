"""Who wants an event of mcp-agent, before there is one."""

from __future__ import annotations

import logging
import sys
from types import ModuleType
from typing import Any

__all__ = ["Audience"]

_TYPES = frozenset(("debug", "info", "warning", "error", "progress"))
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class _Prospect:
    """What filters ask of an event."""

    __slots__ = ("name", "namespace", "type")

    def __init__(self, etype: str, name: str | None, namespace: str) -> None:
        self.type = etype
        self.name = name
        self.namespace = namespace


class Audience:
    """The transport and the listeners of the bus, as far as they are mcp-agent's own: whoever else is there wants everything."""

    def __init__(self, logger: ModuleType) -> None:
        self._logger = logger
        self._listeners = sys.modules[logger.LoggingListener.__module__]
        self._transports = sys.modules[logger.AsyncEventBus.__module__]
        self._emit = logger.AsyncEventBus.emit

    def wants(self, logger: Any, etype: Any, ename: Any, message: Any, data: Any) -> bool:
        """Whether anybody would do something with such an event, or it would be refused for what it is made of."""
        bus = logger.event_bus
        if not self._is_known(bus) or not bus._running:
            return True
        if etype not in _TYPES or type(message) is not str or type(data) is not dict or not (ename is None or type(ename) is str):
            return True
        event = _Prospect(etype, ename, logger.namespace)
        if self._transport_wants(bus.transport, event):
            return True
        return any(self._listener_wants(listener, event, data, logger) for listener in list(bus.listeners.values()))

    def takes_at_once(self, bus: Any) -> bool:
        """Whether nothing is to be done with an event but to put it into the queue."""
        from opentelemetry import trace

        return (
            self._is_known(bus)
            and bus._running
            and type(bus.transport) is self._transports.NoOpTransport
            and hasattr(bus, "_queue")
            # Whether it belongs to a span is only known when its turn has come.
            and not trace.get_current_span().is_recording()
        )

    def _is_known(self, bus: Any) -> bool:
        return type(bus) is self._logger.AsyncEventBus and type(bus).emit is self._emit and "emit" not in bus.__dict__

    def _transport_wants(self, transport: Any, event: _Prospect) -> bool:
        kinds = self._transports
        if type(transport) is kinds.NoOpTransport:
            return False
        if type(transport) is kinds.MultiTransport:
            return any(self._transport_wants(one, event) for one in transport.transports)
        if type(transport) in (kinds.ConsoleTransport, kinds.FileTransport, kinds.HTTPTransport):
            return self._passes(transport.filter, event)
        return True

    def _listener_wants(self, listener: Any, event: _Prospect, data: dict[str, Any], logger: Any) -> bool:
        kinds, kind = self._listeners, type(listener)
        if kind is kinds.ProgressListener:
            inner = data.get("data")
            return bool(listener.display and isinstance(inner, dict) and inner.get("progress_action"))
        if kind is kinds.LoggingListener:
            # What it does not know is told as information.
            return listener.logger.isEnabledFor(_LEVELS.get(event.type, logging.INFO)) and self._passes(listener.filter, event)
        if kind is kinds.BatchingListener:
            # It collects events, and throws them away.
            return False
        if kind is kinds.MCPUpstreamLoggingListener:
            return self._passes(listener.filter, event) and self._has_upstream(logger)
        return True

    def _passes(self, filter: Any, event: _Prospect) -> bool:
        if not filter:
            return True
        if type(filter).matches is not self._transports.EventFilter.matches:
            return True
        return bool(filter.matches(event))

    def _has_upstream(self, logger: Any) -> bool:
        """Whether an event would carry the session of a client."""
        module = self._logger
        bound, requested, default = getattr(logger, "_bound_context", None), module.get_current_request_context(), module._default_bound_context
        if _upstream(bound) is not None or _upstream(requested) is not None:
            return True
        return default is not bound and _upstream(default) is not None


def _upstream(context: Any) -> Any:
    if context is None:
        return None
    try:
        return getattr(context, "upstream_session", None)
    except Exception:
        return None
