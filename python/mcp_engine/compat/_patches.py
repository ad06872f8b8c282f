"""Changing modules of others, now or when they are imported, so that it can be undone.

A patch is for one module, which may be known under several names: an application that is run from its sources has ``src.NAME`` beside ``NAME``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["Patch", "Patches"]

#: Takes a change back.
Undo = Callable[[], None]


class Patch:
    """A change of one module."""

    #: The module, by the name that its package has when it is installed.
    module: str

    def apply(self, module: ModuleType) -> Undo:
        """Changes a module that was imported."""
        raise NotImplementedError

    def caveat(self) -> str | None:
        """What it could not change where it was at work, if there was something: an event loop that it cannot drive, say."""
        return None

    @contextmanager
    def importing(self) -> Iterator[None]:
        """Stands around the import of the module, where that is still to come."""
        yield


class Patches:
    """Patches that are in force."""

    def __init__(self) -> None:
        self._wanted: dict[str, list[Patch]] = {}
        self._undo: list[tuple[Patch, str, Undo]] = []
        self._finder = _Finder(self)

    def add(self, patch: Patch) -> None:
        """Puts a patch in force: on modules that were imported, and on those that will be."""
        self._wanted.setdefault(patch.module, []).append(patch)
        if self._finder not in sys.meta_path:
            sys.meta_path.insert(0, self._finder)
        for name, module in list(sys.modules.items()):
            if module is not None and own_name(name) == patch.module:
                self.apply(patch, name, module)

    def remove(self, patch: Patch) -> None:
        """Takes a patch back, wherever it was applied."""
        own = [undo for one, _, undo in self._undo if one is patch]
        self._undo = [done for done in self._undo if done[0] is not patch]
        for undo in reversed(own):
            undo()
        wanted = self._wanted.get(patch.module, [])
        if patch in wanted:
            wanted.remove(patch)
        if not any(self._wanted.values()) and self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)

    def of(self, name: str) -> Sequence[Patch]:
        """The patches for a module that is about to be imported."""
        return tuple(self._wanted.get(own_name(name), ()))

    def applied_to(self, patch: Patch) -> list[str]:
        """The names of the modules that a patch has changed."""
        return [name for one, name, _ in self._undo if one is patch]

    def apply(self, patch: Patch, name: str, module: ModuleType) -> None:
        self._undo.append((patch, name, patch.apply(module)))


def own_name(name: str) -> str:
    """The name of a module without that of a folder of sources."""
    return name.removeprefix("src.")


class _Finder(MetaPathFinder):
    """Finds modules as they would be found without it, and has their patches applied."""

    def __init__(self, patches: Patches) -> None:
        self._patches = patches

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        patches = self._patches.of(name)
        if not patches:
            return None
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, self._patches, patches)
                return spec
        return None


class _Loader(Loader):
    """Loads a module, and applies its patches."""

    def __init__(self, loader: Loader, patches: Patches, own: Sequence[Patch]) -> None:
        self._loader = loader
        self._patches = patches
        self._own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._load(module, list(self._own))
        for patch in self._own:
            self._patches.apply(patch, module.__name__, module)

    def _load(self, module: ModuleType, around: list[Patch]) -> None:
        if not around:
            self._loader.exec_module(module)
            return
        with around.pop().importing():
            self._load(module, around)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
