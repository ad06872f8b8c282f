"""The step ``cosine``: embeddings are compared without scikit-learn."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from ..._core import cosine
from .._patches import Patch, Undo

__all__ = ["Cosine", "cosine_similarity"]

#: The largest number of a row is between these: its square is nothing that ``float32`` has not, and no rounding error to scikit-learn.
LEAST, MOST = 1e-3, 1e15


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
    """How alike each row of one matrix is to each of another: what scikit-learn's function of this name returns, and raises.

    What is no embedding, such as numbers that are not finite, or so large that their squares are not, is left to scikit-learn.
    """
    import numpy

    one, other = numpy.ascontiguousarray(a), numpy.ascontiguousarray(b)
    if not (_is_usual(one) and _is_usual(other) and one.shape[1] == other.shape[1]):
        return _of_sklearn()(a, b)
    rows = [[cosine(left, right) for right in other] for left in one]
    return numpy.array(rows, dtype=numpy.result_type(one, other))


def _is_usual(matrix: Any) -> bool:
    """Whether the lengths of all rows can be taken in the numbers that it has."""
    if matrix.ndim != 2 or matrix.size == 0 or matrix.dtype not in ("float32", "float64"):
        return False
    peaks = abs(matrix).max(axis=1)
    return bool((((peaks >= LEAST) & (peaks <= MOST)) | (peaks == 0.0)).all())


def _of_sklearn() -> Any:
    return importlib.import_module("sklearn.metrics.pairwise").cosine_similarity
