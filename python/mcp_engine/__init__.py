"""A zero-copy engine for the Model Context Protocol.

Messages are read several times as fast as by any JSON library, and nothing of them becomes Python objects before it is asked for::

    decoder = Decoder()
    for message in decoder.feed(chunk):
        if message.kind == "request" and message.method == "tools/call":
            reply = encode_text_result(message.id, "hello")
"""

from __future__ import annotations

from ._core import (
    INDEX_VERSION,
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
    Refusal,
    Remote,
    Schema,
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

__all__ = [
    "INDEX_FORMAT",
    "INDEX_VERSION",
    "Batch",
    "BodyDecoder",
    "Channel",
    "ClosedError",
    "Connection",
    "ConnectionEvent",
    "Decoder",
    "Error",
    "Event",
    "EventDecoder",
    "LimitError",
    "Limits",
    "Message",
    "MisuseError",
    "PeerError",
    "Program",
    "ProtocolError",
    "Refusal",
    "Remote",
    "Schema",
    "SchemaError",
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
