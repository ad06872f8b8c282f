"""The spans that mcp-agent opens: whether anything becomes of them, and what takes their place when nothing does."""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any

__all__ = ["may_record", "silent_tracer"]


def may_record(context: Any) -> bool:
    """Whether a span of this context could be recorded: tracing is on, or the application has a tracer of its own."""
    from opentelemetry import trace

    if getattr(context, "tracing_enabled", False):
        return True
    tracer = getattr(context, "tracer", None)
    if tracer is not None and not isinstance(tracer, (trace.ProxyTracer, trace.NoOpTracer)):
        return True
    return not isinstance(trace.get_tracer_provider(), (trace.ProxyTracerProvider, trace.NoOpTracerProvider))


def silent_tracer() -> SilentTracer:
    """A tracer like OpenTelemetry's own that records nothing, without what that finds out and makes for each span."""
    if not _silent:
        from opentelemetry import trace

        trace.Tracer.register(SilentTracer)
        _silent.append(SilentTracer(trace.INVALID_SPAN))
    return _silent[0]


class SilentTracer:
    """Opens the same span, which records nothing, at every time."""

    def __init__(self, span: Any) -> None:
        self._span = span
        self._silence = Silence(span)

    def start_span(self, *_: Any, **__: Any) -> Any:
        return self._span

    def start_as_current_span(self, *_: Any, **__: Any) -> Silence:
        return self._silence


class Silence(ContextDecorator):
    """A context, or what decorates a function, in which nothing has changed."""

    def __init__(self, span: Any) -> None:
        self._span = span

    def __enter__(self) -> Any:
        return self._span

    def __exit__(self, *_: object) -> None:
        """Nothing was entered."""


#: The silent tracer, once it is needed: OpenTelemetry is not imported before.
_silent: list[SilentTracer] = []
