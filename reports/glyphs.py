"""Geometry of the small drawings without axes; the templates only place it. In percent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


def place(value: float, low: float, high: float) -> float:
    """Where a value lies between two ends, in percent, held inside."""
    if high <= low:
        return 50.0
    return round(min(max((value - low) / (high - low) * 100, 0.0), 100.0), 2)


@dataclass(frozen=True)
class Spark:
    """A line of the last months: polylines without gaps in a 100 × 100 box, isolated dots, the last dot."""

    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    last: tuple[float, float] | None


def spark(values: Sequence[float | None]) -> Spark | None:
    """The sparkline of these months; none when there is nothing to compare."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    low, high = min(known), max(known)
    steps = max(len(values) - 1, 1)
    points: list[tuple[float, float] | None] = [
        # A series that never moves lies at mid-height.
        None if value is None else (round(index / steps * 100, 2), round(100 - place(value, low, high), 1))
        for index, value in enumerate(values)
    ]
    lines: list[str] = []
    dots: list[tuple[float, float]] = []
    run: list[tuple[float, float]] = []
    for point in [*points, None]:
        if point is not None:
            run.append(point)
            continue
        if len(run) > 1:
            lines.append(" ".join(f"{x:g},{y:g}" for x, y in run))
        elif run:
            dots.append(run[0])
        run = []
    return Spark(tuple(lines), tuple(dots), points[-1])


@dataclass(frozen=True)
class Bullet:
    """A value with its interval on a track, the target's tick and the side we want to be on."""

    value: float
    low: float | None
    high: float | None
    target: float | None
    zone: tuple[float, float] | None


def bullet(
    value: float,
    low: float | None,
    high: float | None,
    target: float | None,
    *,
    direction: str,
    scale: tuple[float, float] | None,
    history: Sequence[float],
) -> Bullet:
    """The bullet on the part of the metric's scale where its values live.

    The track spans the values, intervals and target seen, widened by a fifth and kept inside the metric's
    domain: on the whole domain two years of movement would be one pixel.
    """
    seen = [number for number in (value, low, high, target, *history) if number is not None]
    start, end = min(seen), max(seen)
    margin = (end - start) * 0.2 or abs(value) * 0.2 or 1.0
    start, end = start - margin, end + margin
    if scale is not None:
        start, end = max(start, scale[0]), min(end, scale[1])
    elif min(seen) >= 0:
        start = max(start, 0.0)
    tick = None if target is None else place(target, start, end)
    zone = None
    if tick is not None and direction in ("up", "down"):
        zone = (tick, round(100 - tick, 2)) if direction == "up" else (0.0, tick)
    return Bullet(
        place(value, start, end),
        None if low is None else place(low, start, end),
        None if high is None else place(high, start, end),
        tick,
        zone,
    )


@dataclass(frozen=True)
class Whisker:
    """A dot with its interval on a common scale, and a reference line."""

    value: float
    low: float | None
    high: float | None
    reference: float | None


def whisker(
    value: float, low: float | None, high: float | None, reference: float | None, start: float, end: float
) -> Whisker:
    """The dot-whisker on the scale from `start` to `end`."""
    return Whisker(
        place(value, start, end),
        None if low is None else place(low, start, end),
        None if high is None else place(high, start, end),
        None if reference is None else place(reference, start, end),
    )


@dataclass(frozen=True)
class Part:
    """A piece of a share bar: where it begins, how wide it is, and whether a text fits in it."""

    start: float
    width: float
    roomy: bool


def parts(sizes: Sequence[float]) -> tuple[Part, ...]:
    """The pieces of a bar that is whole."""
    whole = sum(sizes)
    result = []
    start = 0.0
    for size in sizes:
        width = round(size / whole * 100, 2) if whole else 0.0
        result.append(Part(round(start, 2), width, width >= 9))
        start += width
    return tuple(result)
