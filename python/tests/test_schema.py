"""Schemas, and how alike vectors are."""

from __future__ import annotations

import array
import math

import pytest

from mcp_engine import SchemaError, ValidationError, compile_schema, cosine


def test_a_value_is_judged_and_told_where_it_is_wrong() -> None:
    schema = compile_schema({"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}, "required": ["a"]})
    schema.validate({"a": 1})
    assert schema.is_valid({"a": 2}) and not schema.is_valid({"a": 0}) and not schema.is_valid([])
    with pytest.raises(ValidationError, match="/a: 0 is less than the minimum of 1"):
        schema.validate({"a": 0})
    assert schema.dialect == "2020-12"


def test_dialects_are_told_apart() -> None:
    assert compile_schema({"$schema": "http://json-schema.org/draft-07/schema#"}).dialect == "draft-07"


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "https://example.com/schema"},
        {"type": "nothing"},
        {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"allOf": [{"allOf": [{}] * 400}] * 400},
    ],
)
def test_schemas_that_cannot_be_used_are_refused(schema: dict[str, object]) -> None:
    with pytest.raises(SchemaError):
        compile_schema(schema)


def test_cosine_is_what_it_is() -> None:
    assert cosine([1, 0], [2, 0]) == 1.0
    assert math.isclose(cosine((1, 0), [1, 1]), math.sqrt(0.5))
    assert cosine([0, 0], [1, 1]) == 0.0
    for size in (1e-320, 1e-200, 1e200, 1e308):
        assert math.isclose(cosine([size, 0.0], [size, size]), math.sqrt(0.5))
        assert math.isclose(cosine([size, size], [1, 0]), math.sqrt(0.5))
    for strange in (math.nan, math.inf):
        assert math.isnan(cosine([strange, 1], [1, 1])) and math.isnan(cosine([0, 0], [1, strange]))
    assert math.isclose(cosine(array.array("d", [1, 2]), array.array("f", [2, 4])), 1.0, rel_tol=1e-6)
    for wrong in (([1], [1, 2]), ([], [])):
        with pytest.raises(ValueError):
            cosine(*wrong)
    with pytest.raises(TypeError):
        cosine(["a"], ["b"])  # type: ignore[list-item]
