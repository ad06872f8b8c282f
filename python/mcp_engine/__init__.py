"""A zero-copy engine for the Model Context Protocol.

Messages are read several times as fast as by any JSON library, and nothing of them becomes Python objects before it is asked for::

    decoder = Decoder()
    for message in decoder.feed(chunk):
        if message.kind == "request" and message.method == "tools/call":
            reply = encode_text_result(message.id, "hello")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._core import (
    INDEX_VERSION,
    Authorizer,
    Batch,
    BodyDecoder,
    Channel,
    Connection,
    ConnectionEvent,
    Decoder,
    Event,
    EventDecoder,
    Limits,
    Message,
    Program,
    Ready,
    Refusal,
    Remote,
    RunEvent,
    Runs,
    RunView,
    ScheduleEvent,
    Scheduler,
    Schema,
    Settled,
    Wire,
    __version__,
    compile_schema,
    cosine,
    dumps,
    encode_error,
    encode_notification,
    encode_request,
    encode_response,
    encode_text_result,
    loads,
)
from .errors import (
    ClosedError,
    Error,
    LimitError,
    MisuseError,
    PeerError,
    ProtocolError,
    SchemaError,
    TransportError,
    ValidationError,
)
from .index import INDEX_FORMAT, index_dtype

if TYPE_CHECKING:
    from .executor import Executor, Retry, ThreadExecutor

__all__ = [
    "INDEX_FORMAT",
    "INDEX_VERSION",
    "Authorizer",
    "Batch",
    "BodyDecoder",
    "Channel",
    "ClosedError",
    "Connection",
    "ConnectionEvent",
    "Decoder",
    "Error",
    "Event",
    "Executor",
    "EventDecoder",
    "LimitError",
    "Limits",
    "Message",
    "MisuseError",
    "PeerError",
    "Program",
    "ProtocolError",
    "Ready",
    "Refusal",
    "Remote",
    "Retry",
    "RunEvent",
    "RunView",
    "Runs",
    "ScheduleEvent",
    "Scheduler",
    "Schema",
    "SchemaError",
    "Settled",
    "ThreadExecutor",
    "TransportError",
    "ValidationError",
    "Wire",
    "__version__",
    "compile_schema",
    "cosine",
    "dumps",
    "encode_error",
    "encode_notification",
    "encode_request",
    "encode_response",
    "encode_text_result",
    "index_dtype",
    "loads",
]


def __getattr__(name: str) -> Any:
    # It takes asyncio, which only those pay for that use it.
    if name in ("Executor", "Retry", "ThreadExecutor"):
        from . import executor

        return getattr(executor, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
