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
