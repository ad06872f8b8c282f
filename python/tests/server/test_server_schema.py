"""Types as schemas, values of JSON as types, and what a server cannot be made of."""

from __future__ import annotations

import datetime
import enum
import math
import sys
import typing
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, Optional, TypedDict, Union

import pytest

from mcp_engine import SchemaError, compile_schema
from mcp_engine.server import Argument, Context, Image, Server, ToolResult
from mcp_engine.server._function import Function
from mcp_engine.server._results import output_of
from mcp_engine.server._plain import plain
from mcp_engine.server._schema import Types


class Size(enum.Enum):
    SMALL = 1
    LARGE = 2


@dataclass
class Leaf:
    """A leaf."""

    name: str
    size: Size = Size.SMALL


@dataclass
class Tree:
    leaves: list[Leaf]
    parent: Optional[Tree] = None
    notes: dict[str, int] = field(default_factory=dict)


class Pair(NamedTuple):
    left: int
    right: Leaf


class Partial(TypedDict):
    leaf: Leaf
    more: NotRequired[int]


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (Any, {}),
        (None, {"type": "null"}),
        (bytes, {"type": "string", "contentEncoding": "base64"}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (Sequence[str], {"type": "array", "items": {"type": "string"}}),
        (set[str], {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
        (dict[str, float], {"type": "object", "additionalProperties": {"type": "number"}}),
        (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
        (
            tuple[int, str],
            {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 2, "maxItems": 2},
        ),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal["a", 1], {"enum": ["a", 1]}),
        (Size, {"type": "integer", "enum": [1, 2]}),
        (Union[int, str], {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        (datetime.date, {"type": "string", "format": "date"}),
        (Annotated[str, "What."], {"type": "string", "description": "What."}),
        (Annotated[str, Argument(min_length=1, pattern="^a")], {"type": "string", "pattern": "^a", "minLength": 1}),
        (Annotated[list[int], Argument(max_length=3)], {"type": "array", "items": {"type": "integer"}, "maxItems": 3}),
        (Annotated[int, Argument(ge=1, lt=9, header="H")], {"type": "integer", "minimum": 1, "exclusiveMaximum": 9, "x-mcp-header": "H"}),
    ],
)
def test_types_have_schemas(annotation: Any, schema: Any) -> None:
    found, _ = Types().root(annotation)
    assert found == schema
    compile_schema({"type": "object", "properties": {"own": found}})


@pytest.mark.parametrize(
    ("annotation", "value", "loaded"),
    [
        (int, 1.0, 1),
        (float, 1, 1.0),
        (bytes, "AP8=", b"\x00\xff"),
        (Size, 2, Size.LARGE),
        (list[Size], [1], [Size.SMALL]),
        (set[str], ["a"], {"a"}),
        (tuple[int, Size], [1, 2], (1, Size.LARGE)),
        (Pair, [1, {"name": "l"}], Pair(1, Leaf("l"))),
        (Optional[Leaf], None, None),
        (Optional[Leaf], {"name": "l", "size": 2}, Leaf("l", Size.LARGE)),
        (Union[Leaf, list[Leaf], int], [{"name": "l"}], [Leaf("l")]),
        (Union[Leaf, int], 3, 3),
        (Partial, {"leaf": {"name": "l"}, "more": 1}, {"leaf": Leaf("l"), "more": 1}),
        (dict[str, Leaf], {"a": {"name": "l"}}, {"a": Leaf("l")}),
        (Tree, {"leaves": [{"name": "l"}], "parent": {"leaves": []}}, Tree([Leaf("l")], Tree([]))),
        (uuid.UUID, "12345678-1234-5678-1234-567812345678", uuid.UUID("12345678-1234-5678-1234-567812345678")),
        (datetime.datetime, "2026-01-02T03:04:05", datetime.datetime(2026, 1, 2, 3, 4, 5)),
    ],
)
def test_values_become_what_their_types_say(annotation: Any, value: Any, loaded: Any) -> None:
    types = Types()
    schema, load = types.root(annotation)
    compile_schema(schema).validate(value)
    found = value if load is None else load(value)
    assert found == loaded and type(found) is type(loaded)
    wraps, output = output_of(annotation)
    if output is not None:
        compile_schema(output).validate(plain({"result": loaded} if wraps == "result" else loaded))


def test_models_of_pydantic_are_models() -> None:
    pydantic = pytest.importorskip("pydantic")

    class Inner(pydantic.BaseModel):
        number: int = pydantic.Field(ge=1, description="How many.")

    class Outer(pydantic.BaseModel):
        inner: Inner
        perhaps: int | None

    schema, load = Types().root(Outer)
    assert schema["properties"]["inner"] == {"$ref": "#/$defs/Inner"} and schema["$defs"]["Inner"]["properties"]["number"]["minimum"] == 1
    assert load is not None and load({"inner": {"number": 2}, "perhaps": None}) == Outer(inner=Inner(number=2), perhaps=None)
    wraps, output = output_of(Outer)
    assert wraps == "object"
    compile_schema(output).validate(plain(Outer(inner=Inner(number=2), perhaps=None)))
    assert output_of(list[Outer])[0] == "result"


def test_models_of_one_name_keep_their_own_schemas() -> None:
    pydantic = pytest.importorskip("pydantic")

    def order() -> Any:
        class Item(pydantic.BaseModel):
            sku: int

        class Line(pydantic.BaseModel):
            item: Item

        class Order(pydantic.BaseModel):
            line: Line

        return Order

    def shelf() -> Any:
        class Item(pydantic.BaseModel):
            name: str

        class Line(pydantic.BaseModel):
            item: Item

        class Shelf(pydantic.BaseModel):
            line: Line
            properties: dict[str, Item] = {}

        return Shelf

    @dataclass
    class Item:
        weight: float

    first, second = order(), shelf()

    def call(own: Item, one: first, other: second, again: second, list: list[first]) -> None: ...  # type: ignore[valid-type]

    call.__annotations__ = {"own": Item, "one": first, "other": second, "again": second, "list": list[first]}
    function = Function(call)
    value = {
        "own": {"weight": 1.0},
        "one": {"line": {"item": {"sku": 1}}},
        "other": {"line": {"item": {"name": "a"}}, "properties": {"x": {"name": "b"}}},
        "again": {"line": {"item": {"name": "a"}}},
        "list": [{"line": {"item": {"sku": 1}}}],
    }
    schema = compile_schema(function.schema)
    schema.validate(value)
    for wrong in ("own", "one", "other", "list"):
        assert not schema.is_valid({**value, wrong: value["other" if wrong != "other" else "one"]})
    # Those that are the same are there once; a line is another one where its item is.
    assert sorted(function.schema["$defs"]) == ["Item", "Item2", "Item3", "Line", "Line2"]


def test_discriminators_and_members_with_the_names_of_keywords_are_renamed_and_kept() -> None:
    types = Types()
    types.adopt({"$defs": {"A": {"const": 1}}})
    own = {"type": "object", "properties": {"default": {"$ref": "#/$defs/A"}, "$ref": {"$ref": "#/$defs/A"}}}
    choice = {"oneOf": [{"$ref": "#/$defs/A"}], "discriminator": {"propertyName": "kind", "mapping": {"a": "#/$defs/A"}}}
    kept = {"default": {"$ref": "#/$defs/A"}, "$ref": "https://elsewhere/#/$defs/A"}
    adopted = types.adopt({"$defs": {"A": {"const": 2}, "A2": {"const": 3}}, "anyOf": [own, choice, kept]})
    assert adopted["anyOf"] == [
        {"type": "object", "properties": {"default": {"$ref": "#/$defs/A3"}, "$ref": {"$ref": "#/$defs/A3"}}},
        {"oneOf": [{"$ref": "#/$defs/A3"}], "discriminator": {"propertyName": "kind", "mapping": {"a": "#/$defs/A3"}}},
        kept,
    ]
    assert {types.definitions[name]["const"] for name in types.definitions} == {1, 2, 3}


def test_defaults_that_json_cannot_say_are_kept_for_the_call_and_not_shown() -> None:
    circle: list[Any] = []
    circle.append(circle)
    sentinel = object()

    def call(a: float = math.inf, b: Any = sentinel, c: Any = circle, d: Any = [math.nan], e: int = 10**50) -> Any:
        return a, b, c, d, e

    function = Function(call)
    assert [name for name, schema in function.schema["properties"].items() if "default" in schema] == ["e"]
    assert "required" not in function.schema and function.call(**function.arguments({}))[1] is sentinel
    server = Server("defaults")
    server.add_tool(call)
    server._close(server._open(None))


def test_importing_and_serving_plain_functions_needs_no_event_loop_and_no_pydantic() -> None:
    import subprocess

    from stage import ENVIRONMENT

    script = "import sys, mcp_engine.server, mcp_engine.server._run; print([own for own in ('asyncio', 'pydantic', 'mcp') if own in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_content_is_not_structured() -> None:
    for annotation in (Image, list[Image], ToolResult, Any, bytes, Image | str):
        assert output_of(annotation) == ("no", None)
    mcp_types = pytest.importorskip("mcp.types")
    for annotation in (mcp_types.TextContent, list[mcp_types.ImageContent], mcp_types.CallToolResult):
        assert output_of(annotation) == ("no", None)


def test_arguments_have_names_types_and_defaults() -> None:
    def call(a: int, context: Context, *, b: str = "x", c: Optional[Leaf] = None) -> None: ...

    function = Function(call)
    assert function.context == "context" and function.schema["required"] == ["a"]
    assert function.schema["properties"]["b"] == {"type": "string", "default": "x"}
    assert function.arguments({"a": 1.0, "c": {"name": "l"}, "d": 1}) == {"a": 1, "c": Leaf("l")}

    def open_call(**rest: Any) -> None: ...

    assert Function(open_call).arguments({"d": 1}) == {"d": 1}


@pytest.mark.parametrize(
    ("bare", "given", "made"),
    [
        (typing.List, [1, "a"], [1, "a"]),
        (typing.Dict, {"a": [1]}, {"a": [1]}),
        (typing.Mapping, {"a": 1}, {"a": 1}),
        (typing.Tuple, [1, "a"], (1, "a")),
        (typing.Set, [1], {1}),
        (typing.Sequence, [1], [1]),
        (tuple[()], [], ()),
    ],
)
def test_types_may_stand_without_what_is_in_them(bare: Any, given: Any, made: Any) -> None:
    schema, load = Types().root(bare)
    compile_schema(schema).validate(given)
    assert (given if load is None else load(given)) == made


def test_a_decorator_without_parentheses_is_refused() -> None:
    server = Server("unnoticed")
    for decorate in (server.tool, server.prompt, server.resource):
        with pytest.raises(TypeError, match=r"lost became nothing of the server: the decorator is @server\.\w+\(.*\), with parentheses"):

            @decorate  # type: ignore[arg-type]
            def lost() -> str:
                return "nobody would call this"

    for name in ("", 3):
        with pytest.raises(TypeError, match="known by a text"):
            server.tool(name)  # type: ignore[arg-type]


def test_functions_that_cannot_be_called_by_names_say_why() -> None:
    server = Server("unclear")

    def twice(one: Context, other: Context) -> None: ...

    class Nothing(enum.Enum):
        pass

    def impossible(a: Any) -> None: ...

    impossible.__annotations__["a"] = Nothing
    for call, reason in (
        (twice, "two parameters for its context: 'one' and 'other'"),
        (lambda *a: None, "'a' of <lambda> cannot be given so"),
        (max, "nobody knows what arguments <built-in function max> takes"),
        (impossible, "there are no values of"),
    ):
        with pytest.raises(TypeError, match=reason):
            server.add_tool(call)


def test_what_no_server_is_made_of_is_refused() -> None:
    with pytest.raises(TypeError, match="versions are a list"):
        Server("old", versions="2025-06-18")
    server = Server("refusing")
    server.add_tool(lambda: "one", "one")
    with pytest.raises(ValueError, match="already"):
        server.add_tool(lambda: "two", "one")

    def positional(a: int, /) -> None: ...

    def unknown(a: Server) -> None: ...

    def keyed(a: dict[float, str]) -> None: ...

    async def coroutine() -> None: ...

    for call in (positional, keyed, lambda *a: None):
        with pytest.raises(TypeError):
            server.add_tool(call, "other")
    if "pydantic" not in sys.modules:
        with pytest.raises(TypeError):
            server.add_tool(unknown, "other")
    with pytest.raises(TypeError, match="event loop"):
        server.add_tool(coroutine, thread=True)
    with pytest.raises(TypeError, match="template"):
        server.add_resource("notes://{day}", lambda night: night)
    with pytest.raises(TypeError, match="variables"):
        server.add_resource("notes://today", lambda day: day)
    with pytest.raises(ValueError, match="stdio"):
        server.run("carrier pigeon")
    assert server.remove_tool("one") and not server.remove_tool("one")
    server.add_tool(lambda: "x", "broken", input_schema={"type": "object", "properties": {"a": {"type": 7}}})
    with pytest.raises(SchemaError):
        server.run("http", port=0)
