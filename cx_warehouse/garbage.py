"""Python's search for garbage, less often than by default: most of what dbt makes stays until it ends."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS = 20_000
"""So many objects are made between two searches (Python's default is 700)."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Search seldom for a block, and not among the objects that were there before it.

    Parsing makes two million objects that hold each other and are needed. To go through them again and again
    took an eighth of the CPU of a start, and as much of what a build spends between its statements.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
