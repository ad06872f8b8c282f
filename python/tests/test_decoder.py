"""Decoders, messages and the views of their memory."""

from __future__ import annotations

import gc
import json
import struct

import pytest

import mcp_engine
from mcp_engine import BodyDecoder, Decoder, EventDecoder, LimitError, Limits, Message, ProtocolError, Refusal

CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"a":[1,2.5,null,true,"x\\n\\u00e9"]},"_meta":{"progressToken":"t"}}}'
RESULT = b'{"jsonrpc":"2.0","id":"r","result":{"content":[{"type":"text","text":"one"},{"type":"text","text":"t\\u0077o"}],"isError":true}}'
ERROR = b'{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"no"}}'
NOTE = b'{"jsonrpc":"2.0","method":"notifications/x","params":{"a":1}}'
STREAM = b"\n".join([CALL, RESULT, b"nonsense", ERROR, b"", NOTE]) + b"\r\n"


def test_a_request_says_what_it_is() -> None:
    (message,) = Decoder().feed(CALL + b"\n")
    assert isinstance(message, Message)
    assert (message.kind, message.id, message.method, message.name, message.token) == ("request", 1, "tools/call", "echo", "t")
    assert message.arguments() == {"a": [1, 2.5, None, True, "x\né"]}
    assert message.payload() == json.loads(CALL)["params"]
    assert message.meta() == {"progressToken": "t"}
    assert (message.member("name"), message.member("nothing"), message.member("_meta")) == ("echo", None, message.meta())
    assert bytes(message) == CALL and len(message) == len(CALL)


def test_results_errors_and_notifications_say_what_they_are() -> None:
    result, error, note = Decoder().feed(b"\n".join([RESULT, ERROR, NOTE, b""]))
    assert (result.kind, result.id, result.text(), result.is_error) == ("response", "r", "one\ntwo", True)
    assert (error.kind, error.id, error.payload()["code"]) == ("error", 2, -32601)
    assert (note.kind, note.id, note.method, note.arguments()) == ("notification", None, "notifications/x", None)
    assert (error.member("code"), note.member("code")) == (-32601, None)


def test_a_refused_message_harms_no_other() -> None:
    found = Decoder().feed(STREAM)
    assert [one.kind for one in found] == ["request", "response", "refused", "error", "notification"]
    refusal = found[2]
    assert isinstance(refusal, Refusal) and refusal.code == -32700
    with pytest.raises(ProtocolError) as raised:
        raise refusal.error
    assert (raised.value.fault, raised.value.rule, raised.value.offset) == ("json", "literal", STREAM.index(b"nonsense"))


def test_the_same_comes_out_however_it_is_cut() -> None:
    whole = [repr(one) for one in Decoder().feed(STREAM)]
    for cut in range(1, len(STREAM)):
        decoder = Decoder()
        found = decoder.feed(STREAM[:cut]) + decoder.feed(STREAM[cut:])
        assert [repr(one) for one in found] == whole


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview])
def test_any_buffer_is_taken(make: type) -> None:
    assert len(Decoder().feed(make(STREAM))) == 5


def test_what_is_no_buffer_is_refused() -> None:
    for wrong in ("text", 1, None, [1]):
        with pytest.raises((TypeError, BufferError)):
            Decoder().feed(wrong)  # type: ignore[arg-type]


def test_a_view_keeps_the_memory_of_its_message() -> None:
    decoder = Decoder()
    view = decoder.feed(CALL + b"\n")[0].raw
    payload = decoder.feed(RESULT + b"\n")[0].raw_payload
    del decoder
    gc.collect()
    assert bytes(view) == CALL
    assert json.loads(bytes(payload)) == json.loads(RESULT)["result"]
    assert view.readonly
    with pytest.raises(TypeError):
        view[0] = 0


def test_a_batch_has_the_indexes_of_all_messages() -> None:
    batch = Decoder().feed_batch(STREAM)
    assert len(batch) == 4 and len(batch.refusals) == 1
    rows = list(struct.iter_unpack(mcp_engine.INDEX_FORMAT, batch.table))
    assert [row[2] for row in rows] == [1, 3, 4, 2]
    assert [row[0] for row in rows] == [STREAM.index(line) for line in (CALL, RESULT, ERROR, NOTE)]
    assert [bytes(batch[at]) for at in (0, -1)] == [CALL, NOTE]
    assert bytes(batch[0].index) == bytes(batch.table[:128])
    for beyond in (4, -5):
        with pytest.raises(IndexError):
            batch[beyond]


def test_numpy_reads_the_table() -> None:
    numpy = pytest.importorskip("numpy")
    batch = Decoder().feed_batch(STREAM)
    table = numpy.frombuffer(batch.table, dtype=mcp_engine.index_dtype())
    assert table["kind"].tolist() == [1, 3, 4, 2]
    name = table[0]["name"]
    assert CALL[name["offset"] : name["offset"] + name["len"]] == b'"echo"'


def test_limits_are_kept_and_named() -> None:
    decoder = Decoder(Limits(message_bytes=50, depth=4))
    long, deep, good = decoder.feed(NOTE + b"\n" + b"[" * 49 + b"\n" + b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
    assert isinstance(long.error, LimitError) and long.error.rule == "message-bytes"
    assert deep.error.rule == "depth"
    assert good.method == "ping"


def test_a_line_that_never_ends_is_not_stored() -> None:
    decoder = Decoder(Limits(message_bytes=1 << 16))
    found = [one for _ in range(512) for one in decoder.feed(b"x" * (1 << 16))]
    found += decoder.feed(b"\n" + CALL + b"\n")
    assert [one.kind for one in found] == ["refused", "request"]


def test_a_stream_may_end_only_between_lines() -> None:
    decoder = Decoder()
    decoder.feed(CALL)
    with pytest.raises(ProtocolError, match="inside a frame"):
        decoder.end()
    Decoder().end()


def test_duplicate_keys_are_refused_unless_that_is_allowed() -> None:
    line = b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":{"k":1,"k":2}}}\n'
    assert Decoder().feed(line)[0].kind == "refused"
    (message,) = Decoder(strict=False).feed(line)
    assert message.payload() == {"a": {"k": 2}}


def test_events_are_decoded() -> None:
    decoder = EventDecoder()
    message, other = decoder.feed(b"id: 7\nretry: 50\ndata: " + CALL + b"\n\nevent: endpoint\ndata: /m\n\n")
    assert message.method == "tools/call"
    assert (other.kind, other.name, other.content) == ("event", "endpoint", b"/m")
    assert (decoder.last_event_id, decoder.retry_ms) == ("7", 50)
    decoder.feed(b"data: half")
    with pytest.raises(ProtocolError):
        decoder.end()


def test_bodies_are_decoded() -> None:
    decoder = BodyDecoder()
    decoder.feed(b"[" + CALL + b",\n")
    decoder.feed(NOTE + b"]")
    assert [one.kind for one in decoder.end()] == ["request", "notification"]


def test_ids_are_kept_exactly() -> None:
    line = b'{"jsonrpc":"2.0","id":%s,"method":"x"}\n'
    for token, id in [(b"9007199254740993", 2**53 + 1), (b"-9223372036854775808", -(2**63)), (b'"\\u0031"', "1"), (b'""', "")]:
        assert Decoder().feed(line % token)[0].id == id
    for token in (b"1.0", b"null", b"true", b"[]", b"1" * 5000):
        (refusal,) = Decoder().feed(line % token)
        assert refusal.kind == "refused" and refusal.id is None
