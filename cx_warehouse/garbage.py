"""Python's search for garbage, put off: most of what dbt makes stays until it ends."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Search for no garbage during a block, nor afterwards among what was there at its end.

    Parsing makes two million objects that hold each other and are needed. To go through them again and
    again took an eighth of the CPU of a start and a twentieth of a small build, and once is a second still.
    What is left unsearched is 100 to 250 MB, for it depends on the number of nodes and not of rows; the next
    block clears it away.
    """
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
