"""The steps of ``mcp_engine.compat.mcp_agent``: what each changes, and how."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from .._core import Schema, compile_schema, cosine
from ..errors import SchemaError
from ._patches import Patch, Undo

__all__ = ["STEPS"]


class ToolOutput(Patch):
    """``ClientSession`` judges the output of a tool by a schema that is compiled once.

    Whatever does not match, or cannot be compiled, is judged again as before, so that it fails with the same words.
    """

    module = "mcp.client.session"

    def apply(self, module: ModuleType) -> Undo:
        session = module.ClientSession
        legacy: Callable[[Any, str, Any], Awaitable[None]] = session._validate_tool_result

        async def validate(self: Any, name: str, result: Any) -> None:
            if not _matches(self, name, result):
                await legacy(self, name, result)

        session._validate_tool_result = validate

        def undo() -> None:
            session._validate_tool_result = legacy

        return undo


def _matches(session: Any, name: str, result: Any) -> bool:
    """Whether the output of a tool is known to match its schema."""
    schema = session._tool_output_schemas.get(name)
    if schema is None:
        # A tool that has none needs nothing; one that is not known has to be asked for.
        return name in session._tool_output_schemas
    content = result.structuredContent
    if content is None:
        return False
    compiled = _compiled(session, name, schema)
    try:
        return compiled is not None and compiled.is_valid(content)
    except ValueError:
        return False


def _compiled(session: Any, name: str, schema: Any) -> Schema | None:
    """The compiled schema of a tool, for as long as the session has the same one."""
    known: dict[str, tuple[Any, Schema | None]] = session.__dict__.setdefault("_mcp_engine_schemas", {})
    kept = known.get(name)
    if kept is not None and kept[0] is schema:
        return kept[1]
    try:
        compiled = compile_schema(schema)
    except (SchemaError, ValueError):
        compiled = None
    known[name] = (schema, compiled)
    return compiled


class Cosine(Patch):
    """Embeddings are compared by ``mcp_engine.cosine``. scikit-learn is not imported for it."""

    module = "mcp_agent.workflows.embedding.embedding_base"

    def apply(self, module: ModuleType) -> Undo:
        legacy = module.cosine_similarity
        module.cosine_similarity = cosine_similarity  # type: ignore[attr-defined]

        def undo() -> None:
            module.cosine_similarity = _of_sklearn() if legacy is cosine_similarity else legacy  # type: ignore[attr-defined]

        return undo

    @contextmanager
    def importing(self) -> Iterator[None]:
        """Lets the import of scikit-learn find the one function that is wanted of it, unless it is there already."""
        if "sklearn" in sys.modules:
            yield
            return
        stand_ins = {name: ModuleType(name) for name in ("sklearn", "sklearn.metrics", "sklearn.metrics.pairwise")}
        for module in stand_ins.values():
            module.__path__ = []
        stand_ins["sklearn.metrics.pairwise"].cosine_similarity = cosine_similarity  # type: ignore[attr-defined]
        sys.modules.update(stand_ins)
        try:
            yield
        finally:
            for name, module in stand_ins.items():
                if sys.modules.get(name) is module:
                    del sys.modules[name]


def cosine_similarity(a: Any, b: Any) -> Any:
    """How alike each row of one matrix is to each of another: what scikit-learn's function of this name returns."""
    import numpy

    rows = [[cosine(one, other) for other in numpy.ascontiguousarray(b)] for one in numpy.ascontiguousarray(a)]
    return numpy.array(rows)


def _of_sklearn() -> Any:
    return importlib.import_module("sklearn.metrics.pairwise").cosine_similarity


#: The steps, by name.
STEPS: dict[str, Callable[[], list[Patch]]] = {
    "schema": lambda: [ToolOutput()],
    "cosine": lambda: [Cosine()],
}
