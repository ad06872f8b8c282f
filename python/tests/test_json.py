"""JSON in and out: the same as the standard library, but for what is no JSON."""

from __future__ import annotations

import json
import random
import string
from typing import Any

import pytest

from mcp_engine import Decoder, LimitError, ProtocolError, dumps, encode_error, encode_notification, encode_request, encode_response, encode_text_result, loads


def some_value(random: random.Random, depth: int = 0) -> Any:
    kind = random.randrange(9 if depth < 5 else 6)
    if kind == 0:
        return random.choice([None, True, False])
    if kind == 1:
        return random.choice([0, -1, 2**63 - 1, -(2**63), 2**64, -(2**200), random.randrange(10**6)])
    if kind == 2:
        return random.choice([0.0, -0.0, 1e-300, 1.7976931348623157e308, 5e-324, random.random() * 10 ** random.randrange(-9, 9)])
    if kind in (3, 4, 5):
        letters = string.printable + "äß€😀\u2028\x00\x1f\x7f\\\""
        return "".join(random.choice(letters) for _ in range(random.randrange(0, 40)))
    if kind in (6, 7):
        return [some_value(random, depth + 1) for _ in range(random.randrange(6))]
    return {f"k{n}{random.choice(['', 'é', chr(34)])}": some_value(random, depth + 1) for n in range(random.randrange(6))}


@pytest.mark.parametrize("seed", range(200))
def test_the_standard_library_agrees(seed: int) -> None:
    value = some_value(random.Random(seed))
    text = dumps(value)
    assert json.loads(text) == value
    for spelled in (text, json.dumps(value).encode(), json.dumps(value, indent=3, ensure_ascii=False).encode()):
        loaded = loads(spelled)
        assert loaded == value
        assert repr(loaded) == repr(value)
    assert loads(text.decode()) == value


def test_keys_that_look_alike_are_told_apart() -> None:
    letters = ["\0", "a", "b", "é"]
    keys = [letter * count for letter in letters for count in range(30)]
    keys += ["a" * at + "b" + "a" * (count - at) for count in range(30) for at in range(count)]
    value = {key: at for at, key in enumerate(keys)}
    text = dumps([value, value])
    for _ in range(2):
        first, second = loads(text)
        assert first == second == value
        assert list(first) == list(second) == list(value)


def test_code_and_long_texts_are_unescaped() -> None:
    lines = "\n".join(f'    call("{"word " * (n % 9)}\\", \'é\');\t' for n in range(300))
    for count in (1, 7, 100):
        value = [lines * count, lines, {"😀" * count: lines * 2}]
        for ascii in (True, False):
            assert loads(json.dumps(value, ensure_ascii=ascii)) == value


def test_tuples_and_subclasses_are_what_they_are() -> None:
    class Text(str):
        pass

    class Number(int):
        def __repr__(self) -> str:
            return "not a number"

    assert dumps((1, [Text("a")], {Text("k"): Number(2**70)})) == b'[1,["a"],{"k":1180591620717411303424}]'


def test_models_say_themselves() -> None:
    pydantic = pytest.importorskip("pydantic")

    class Model(pydantic.BaseModel):
        a: int = 1
        b: str | None = None

    assert dumps({"m": Model()}) == b'{"m":{"a":1}}'


def test_views_are_copied_as_they_are() -> None:
    (message,) = Decoder().feed(b'{"jsonrpc":"2.0","id":1,"result":{"n":1.50,"x":"\\u0041"}}\n')
    assert encode_response("r", message.raw_payload) == b'{"jsonrpc":"2.0","id":"r","result":{"n":1.50,"x":"\\u0041"}}'
    with pytest.raises(ProtocolError):
        dumps(memoryview(b"{nonsense}"))


def test_what_json_cannot_say_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(200):
        deep = [deep]
    endless: dict[str, Any] = {}
    endless["self"] = endless
    for wrong in (float("nan"), float("-inf"), {1: 2}, object(), {1, 2}, b"bytes", "\ud800", deep, endless):
        with pytest.raises(ValueError):
            dumps(wrong)


def test_a_dict_that_changes_while_it_is_written_does_no_harm() -> None:
    outer: dict[str, Any] = {}

    class Sly:
        def model_dump(self, **_: Any) -> int:
            outer.clear()
            return 1

    outer.update({f"k{n}": Sly() for n in range(50)})
    assert json.loads(dumps(outer)) == {f"k{n}": 1 for n in range(50)}


def test_texts_that_are_no_json_are_refused() -> None:
    for wrong in (b"", b"nul", b"[1,]", b"01", b'"\\ud800"', b"\xff", b"\xef\xbb\xbf1", b"NaN", b"{}x"):
        with pytest.raises(ProtocolError):
            loads(wrong)
    with pytest.raises(LimitError):
        loads(b"[" * 200 + b"]" * 200)
    with pytest.raises(ValueError):
        loads(b"1e999")


def test_messages_are_encoded() -> None:
    assert encode_request(1, "ping") == b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
    assert encode_request("a", "x", {"b": 1}) == b'{"jsonrpc":"2.0","id":"a","method":"x","params":{"b":1}}'
    assert encode_notification("n", {}) == b'{"jsonrpc":"2.0","method":"n","params":{}}'
    assert encode_response(1, {}) == b'{"jsonrpc":"2.0","id":1,"result":{}}'
    assert encode_error(None, -32700, "no", [1]) == b'{"jsonrpc":"2.0","error":{"code":-32700,"message":"no","data":[1]}}'
    result = encode_text_result(1, 'a "b"\n', is_error=True)
    assert json.loads(result)["result"] == {"content": [{"type": "text", "text": 'a "b"\n'}], "isError": True}
    for wrong in ([], 1.5, None, 2**70):
        with pytest.raises((TypeError, OverflowError)):
            encode_request(wrong, "x")  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        encode_request(1, "x", [1])  # type: ignore[arg-type]
