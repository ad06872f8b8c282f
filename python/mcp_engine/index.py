"""The layout of the rows of ``Batch.table``: 128 bytes for each message, in the byte order of the machine.

``base`` is where a message begins in its stream, and ``len`` its length; the offsets of spans count from its beginning. ``kind`` is 1 for a request, 2 for
a notification, 3 for a response, 4 for an error. The tags say what an id or a token is: 0 for none, 1 for null, 2 for a number, which is in ``id_int`` or
``token_int``, 3 for a text, 4 for one with escapes, 5 for a number that does not fit. ``flags`` has 1 for bytes beyond ASCII, 2 for escapes, 4 for a
result of a tool that has failed. ``payload`` is the value of ``params``, ``result`` or ``error``, ``args`` that of ``arguments``, ``content`` or ``data`` in it,
and ``name`` the name, or the message of an error::

    rows = numpy.frombuffer(batch.table, dtype=index_dtype())
    calls = rows[rows["kind"] == 1]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy

__all__ = ["INDEX_FORMAT", "index_dtype"]

#: For ``struct.iter_unpack``: the fields of ``index_dtype``, with the two of each span in turn.
INDEX_FORMAT = "=QI4B2qI2BH22I"

_NUMBERS = [
    ("base", "u8"),
    ("len", "u4"),
    ("kind", "u1"),
    ("id_tag", "u1"),
    ("method_id", "u1"),
    ("token_tag", "u1"),
    ("id_int", "i8"),
    ("token_int", "i8"),
    ("flags", "u4"),
    ("max_depth", "u1"),
    ("block_type", "u1"),
    ("blocks", "u2"),
]
_SPANS = ["id", "method", "payload", "meta", "name", "args", "aux", "token", "tag", "context", "block"]


def index_dtype() -> numpy.dtype:
    """The layout for ``numpy.frombuffer``. A span has the fields ``offset`` and ``len``, which is 0 where there is none.

    Raises:
        ImportError: numpy is not installed.
    """
    import numpy

    span = numpy.dtype([("offset", "u4"), ("len", "u4")])
    return numpy.dtype([*_NUMBERS, *((name, span) for name in _SPANS)])
