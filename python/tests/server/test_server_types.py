"""Types of Python, each with what its schema takes, what it refuses and what it gives back; and whether FastMCP does the same for the same function."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import ipaddress
import pathlib
import typing
import uuid
from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass, field
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, NotRequired, TypedDict, TypeVar

import pytest

from mcp_engine import ValidationError, compile_schema
from mcp_engine.server import Argument
from mcp_engine.server._function import Function
from mcp_engine.server._plain import plain
from mcp_engine.server._results import output_of

T = TypeVar("T")
Number = TypeVar("Number", int, str)
Named = NewType("Named", int)
UTC = datetime.timezone.utc


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Corner(enum.Enum):
    ORIGIN = (0, 0)
    OTHER = (1, 2)


class Level(enum.IntEnum):
    LOW = 0
    HIGH = 1


@dataclass
class Point:
    x: int
    y: float = 0.5


@dataclass
class Loose:
    z: int = 0


@dataclass
class Doubled:
    """Takes what it does not keep, and keeps what nobody gives."""

    own: int
    factor: InitVar[int] = 2
    doubled: int = field(init=False, default=0)

    def __post_init__(self, factor: int) -> None:
        self.doubled = self.own * factor


@dataclass
class Box(Generic[T]):
    content: T
    others: list[T] = field(default_factory=list)


class Pair(NamedTuple):
    left: int
    right: str = "r"


class Partial(TypedDict):
    a: int
    b: NotRequired[Colour]


@dataclasses.dataclass
class Row:
    """One type.

    Attributes:
        annotation: The type.
        taken: Values of JSON, and what the function gets for them.
        refused: Values of JSON that no function gets.
        given: What a function returns, and what that is in JSON; the first that is taken by default.
        is_ours: Whether it is left out of the comparison: FastMCP does something else, or nothing.
    """

    annotation: Any
    taken: list[tuple[Any, Any]]
    refused: list[Any]
    given: tuple[Any, Any] | None = None
    is_ours: bool = False


WHEN = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
UNIQUE = uuid.UUID("12345678-1234-5678-1234-567812345678")
ROWS = [
    Row(int, [(1, 1), (1.0, 1)], [1.5, "x", True, None]),
    Row(float, [(1.5, 1.5), (1, 1.0)], ["x", None]),
    Row(int | None, [(1, 1), (1.0, 1), (None, None)], [1.5, "x"]),
    Row(float | None, [(1, 1.0), (None, None)], ["x"]),
    Row(int | str, [(1, 1), ("1", "1")], [None, [1]]),
    Row(int | float, [(1, 1), (1.0, 1.0), (1.5, 1.5)], ["x"]),
    Row(bool, [(True, True)], [2, "x"]),
    Row(str, [("é", "é")], [None, {}]),
    Row(bytes, [("AP8=", b"\x00\xff")], ["!!!!", "YQ", "Y Q==", "_-8=", 1], is_ours=True),
    Row(bytearray, [("AP8=", bytearray(b"\x00\xff"))], ["!!!!"], is_ours=True),
    Row(None, [(None, None)], [1]),
    Row(Any, [({"a": [1]}, {"a": [1]}), (1.0, 1.0)], [], is_ours=True),
    Row(datetime.datetime, [("2026-01-02T03:04:05+00:00", WHEN)], ["hello", 1.5e300], is_ours=True),
    Row(datetime.date, [("2026-01-02", datetime.date(2026, 1, 2))], ["2026-13-02", "x"]),
    Row(datetime.time, [("03:04:05", datetime.time(3, 4, 5))], ["25:00", "x"]),
    Row(datetime.timedelta, [("PT1H30M", datetime.timedelta(hours=1.5)), ("P1W", datetime.timedelta(7))], ["1 hour", "P", "PT", "P9999999999W"], (datetime.timedelta(1, 1, 500000), "P1DT1.5S")),
    Row(datetime.timedelta, [("-P1DT1S", datetime.timedelta(-1, -1))], [""], (datetime.timedelta(-1, -1), "-P1DT1S")),
    Row(datetime.timedelta, [("PT1H30M", datetime.timedelta(hours=1.5))], [""]),
    Row(datetime.timedelta, [("P2D", datetime.timedelta(2))], [""]),
    Row(datetime.timedelta, [("PT0S", datetime.timedelta(0))], [""]),
    Row(uuid.UUID, [(str(UNIQUE), UNIQUE)], ["x", 1]),
    Row(decimal.Decimal, [("1.50", decimal.Decimal("1.50"))], ["abc", "NaN", "Infinity", None]),
    Row(decimal.Decimal, [(1.5, decimal.Decimal("1.5")), (2, decimal.Decimal(2))], [[]], (decimal.Decimal("0.1"), "0.1")),
    Row(pathlib.Path, [("/a/b", pathlib.Path("/a/b"))], [1]),
    Row(pathlib.PurePosixPath, [("a", pathlib.PurePosixPath("a"))], [1]),
    Row(ipaddress.IPv4Address, [("1.2.3.4", ipaddress.IPv4Address("1.2.3.4"))], ["1.2.3", "::1"]),
    Row(ipaddress.IPv6Network, [("fe80::/10", ipaddress.IPv6Network("fe80::/10"))], ["x"]),
    Row(Colour, [("red", Colour.RED)], ["RED", 1]),
    Row(Corner, [([1, 2], Corner.OTHER)], [[2, 1]], is_ours=True),
    Row(Level, [(1, Level.HIGH)], [2, True, "x"], is_ours=True),
    Row(Literal["a", 1, None], [("a", "a"), (1, 1), (None, None)], ["b", True], is_ours=True),
    Row(Literal[Colour.RED], [("red", Colour.RED)], ["blue"], is_ours=True),
    Row(list[Colour], [(["red"], [Colour.RED])], [["x"], "red"]),
    Row(set[float], [([1, 2], {1.0, 2.0})], [["x"]], ({1.0}, [1.0])),
    Row(frozenset[str], [(["a"], frozenset("a"))], [[1]]),
    Row(collections.deque[int], [([1], collections.deque([1]))], [["x"]]),
    Row(tuple[int, Colour], [([1, "red"], (1, Colour.RED))], [[1], [1, "red", 2]]),
    Row(tuple[()], [([], ())], [[1]]),
    Row(dict[str, Colour], [({"a": "red"}, {"a": Colour.RED})], [{"a": 1}]),
    Row(Mapping[str, int], [({"a": 1}, {"a": 1})], [{"a": "x"}]),
    Row(dict[int, str], [({"1": "a"}, {1: "a"})], [{"x": "a"}]),
    Row(dict[Colour, int], [({"red": 1}, {Colour.RED: 1})], [{"green": 1}]),
    Row(Point, [({"x": 1, "y": 2}, Point(1, 2.0)), ({"x": 1}, Point(1))], [{}, {"x": "a"}]),
    Row(Doubled, [({"own": 2, "factor": 3}, Doubled(2, 3)), ({"own": 2}, Doubled(2))], [{"factor": 3}, {"own": 2, "factor": "x"}], (Doubled(2), {"own": 2, "doubled": 4}), is_ours=True),
    Row(Box[Colour], [({"content": "red", "others": ["blue"]}, Box(Colour.RED, [Colour.BLUE]))], [{"content": 1}]),
    Row(Pair, [([1, "x"], Pair(1, "x")), ([1], Pair(1))], [[], [1, "x", 2]], is_ours=True),
    Row(Partial, [({"a": 1, "b": "red"}, {"a": 1, "b": Colour.RED}), ({"a": 1}, {"a": 1})], [{"b": "red"}], is_ours=True),
    Row(Named, [(1, 1)], ["x"]),
    Row(Number, [(1, 1), ("x", "x")], [None], is_ours=True),
    Row(Loose | Point, [({"z": 1}, Loose(1)), ({"x": 1}, Point(1)), ({}, Loose())], [1], (Point(1), {"x": 1, "y": 0.5})),
    Row(list[Point] | Point, [([{"x": 1}], [Point(1)]), ({"x": 1}, Point(1))], [1], ([Point(1)], [{"x": 1, "y": 0.5}])),
    Row(datetime.date | int | None, [("2026-01-02", datetime.date(2026, 1, 2)), (3, 3), (None, None)], ["x"], is_ours=True),
    Row(uuid.UUID | str, [(str(UNIQUE), UNIQUE), ("x", "x")], [1], is_ours=True),
    Row(Annotated[list[int] | None, Argument(max_length=2)], [([1, 2], [1, 2]), (None, None)], [[1, 2, 3]], is_ours=True),
    Row(Annotated[dict[str, int] | str, Argument(min_length=1)], [({"a": 1}, {"a": 1}), ("x", "x")], [{}, ""], is_ours=True),
    Row(Annotated[int | None, Argument(ge=1)], [(1, 1), (None, None)], [0], is_ours=True),
    Row(Annotated[decimal.Decimal, Argument(ge=1, multiple_of=2)], [("2", decimal.Decimal(2)), (4, decimal.Decimal(4))], ["0.5", "3", 0], is_ours=True),
    Row(Annotated[bytes, Argument(max_length=2)], [("AP8=", b"\x00\xff")], ["AP8A"], is_ours=True),
]


def function_of(annotation: Any) -> Callable[..., Any]:
    def call(own: Any) -> Any:
        return own

    call.__annotations__ = {"own": annotation, "return": annotation}
    return call


def taken(function: Function, value: Any) -> Any:
    """What a function gets; raises where its schema or its loader refuses."""
    compile_schema(function.schema).validate({"own": value})
    return function.arguments({"own": value})["own"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.annotation))
def test_what_a_type_takes_refuses_and_gives(row: Row) -> None:
    function = Function(function_of(row.annotation))
    for value, meant in row.taken:
        found = taken(function, value)
        assert found == meant and type(found) is type(meant), value
    for value in row.refused:
        with pytest.raises((ValidationError, ValueError)):
            taken(function, value)
    given, said = row.given or (row.taken[0][1], row.taken[0][0])
    assert plain(given) == said
    wraps, schema = output_of(row.annotation)
    if schema is not None:
        compile_schema(schema).validate(plain({"result": given} if wraps == "result" else given))


@pytest.mark.parametrize("row", [row for row in ROWS if not row.is_ours], ids=lambda row: str(row.annotation))
def test_fastmcp_takes_and_gives_the_same(row: Row) -> None:
    pytest.importorskip("mcp")
    from mcp.server.fastmcp.utilities.func_metadata import func_metadata

    theirs = func_metadata(function_of(row.annotation))
    for value, meant in row.taken:
        assert theirs.arg_model.model_validate(theirs.pre_parse_json({"own": value})).model_dump_one_level()["own"] == meant
    wraps, schema = output_of(row.annotation)
    if theirs.output_schema is None or schema is None:
        return
    given, _ = row.given or (row.taken[0][1], row.taken[0][0])
    structured = theirs.convert_result(given)[1]
    # Every object is structured content of ours; theirs is wrapped unless its keys are just text.
    assert plain(given) == (structured["result"] if theirs.wrap_output else structured)


def test_urls_and_models_are_those_of_pydantic() -> None:
    pydantic = pytest.importorskip("pydantic")
    function = Function(function_of(pydantic.AnyUrl))
    assert taken(function, "http://x/") == pydantic.AnyUrl("http://x/")
    with pytest.raises(ValueError):
        taken(function, "no url")
    assert plain(pydantic.AnyUrl("http://x/")) == "http://x/" and output_of(pydantic.AnyUrl)[0] == "result"
    secret = Function(function_of(pydantic.SecretStr))
    assert taken(secret, "s").get_secret_value() == "s"


def test_validators_of_pydantic_are_asked() -> None:
    pydantic = pytest.importorskip("pydantic")
    even = Annotated[int, pydantic.AfterValidator(lambda value: value * 2), pydantic.Field(ge=1)]
    function = Function(function_of(even))
    assert taken(function, 2) == 4
    with pytest.raises(ValueError):
        taken(function, 0)
    stripped = Annotated[str, pydantic.StringConstraints(strip_whitespace=True, min_length=1)]
    assert taken(Function(function_of(stripped)), " a ") == "a"


def test_fields_of_pydantic_may_stand_for_defaults() -> None:
    pydantic = pytest.importorskip("pydantic")

    def call(
        needed: int = pydantic.Field(description="How many.", ge=1),
        given: int = pydantic.Field(3, le=5),
        made: list[int] = pydantic.Field(default_factory=lambda: [1]),
        beside: Annotated[str, pydantic.Field(default="b", json_schema_extra={"x": 1})] = pydantic.Field("c"),
    ) -> None: ...

    call.__annotations__ = {"needed": int, "given": int, "made": list[int], "beside": Annotated[str, pydantic.Field(json_schema_extra={"x": 1})]}
    function = Function(call)
    assert function.schema == {
        "type": "object",
        "properties": {
            "needed": {"type": "integer", "description": "How many.", "minimum": 1},
            "given": {"type": "integer", "maximum": 5, "default": 3},
            "made": {"type": "array", "items": {"type": "integer"}},
            "beside": {"type": "string", "x": 1, "default": "c"},
        },
        "required": ["needed"],
    }
    first, second = function.arguments({"needed": 1}), function.arguments({"needed": 1})
    assert first == {"needed": 1, "given": 3, "made": [1], "beside": "c"} and first["made"] is not second["made"]


def test_a_value_that_is_none_is_refused_by_the_name_of_its_argument() -> None:
    for annotation, value in ((bytes, "!"), (set, [[1]]), (datetime.date, "x")):
        with pytest.raises(ValueError, match="^/own: "):
            taken(Function(function_of(annotation)), value)


def test_what_can_be_read_once_is_not_read_to_be_shown() -> None:
    own = iter([1])
    assert plain(own) is own and next(own) == 1


def test_types_that_json_has_nothing_for_are_refused_by_the_name_of_their_argument() -> None:
    class Odd(enum.Enum):
        OWN = object()

    for annotation in (Odd, typing.Callable[[int], int], dict[tuple[int, int], str], Function):
        with pytest.raises(TypeError, match="the argument 'own' of call"):
            Function(function_of(annotation))
