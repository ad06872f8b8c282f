"""Whether anything becomes of the spans that mcp-agent opens."""

from __future__ import annotations

from typing import Any

__all__ = ["may_record"]


def may_record(context: Any) -> bool:
    """Whether a span of this context could be recorded: tracing is on, or the application has a tracer of its own."""
    from opentelemetry import trace

    if context.tracing_enabled:
        return True
    tracer = getattr(context, "tracer", None)
    if tracer is not None and not isinstance(tracer, (trace.ProxyTracer, trace.NoOpTracer)):
        return True
    return not isinstance(trace.get_tracer_provider(), (trace.ProxyTracerProvider, trace.NoOpTracerProvider))
