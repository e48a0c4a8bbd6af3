"""When the demo company's data begins and ends, and what its months were like."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from cx_warehouse.demo.dice import Dice

# Sales reach back to the founding, so that survival and cohorts see whole lives; surveys and the
# helpdesk were introduced 24 months before the end.
FOUNDED = date(2023, 1, 1)
FIRST_DAY = date(2024, 11, 1)
# The first instant after the data. Only the helpdesk's nightly closing run falls on it: it is the
# latest thing that happened, so that a build without `as_of` counts October 2026 as complete.
END = date(2026, 11, 1)
END_AT = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Climate:
    """What a month was like: factors on waits, churn and silence, a shift of everybody's mood."""

    wait: float = 1.0
    churn: float = 1.0
    silence: float = 1.0
    mood: float = 0.0


# The story: around New Year 2026 four agents leave and their posts stay empty. Replies slow down at
# once, satisfaction follows, customers leave with a lag; hiring and longer hours turn it in April.
CLIMATE = {
    date(2025, 12, 1): Climate(wait=1.2, mood=-0.05),
    date(2026, 1, 1): Climate(wait=2.1, churn=1.2, silence=2.5, mood=-0.4),
    date(2026, 2, 1): Climate(wait=2.8, churn=1.5, silence=3.5, mood=-0.7),
    date(2026, 3, 1): Climate(wait=2.3, churn=1.8, silence=3.0, mood=-0.75),
    date(2026, 4, 1): Climate(wait=1.4, churn=1.8, silence=1.5, mood=-0.45),
    date(2026, 5, 1): Climate(wait=1.1, churn=1.5, mood=-0.2),
    date(2026, 6, 1): Climate(wait=0.9, churn=1.1),
    date(2026, 7, 1): Climate(wait=0.8, churn=0.9, silence=0.7),
    date(2026, 8, 1): Climate(wait=0.75, churn=0.9, silence=0.6, mood=0.05),
    date(2026, 9, 1): Climate(wait=0.8, churn=0.85, silence=0.6, mood=0.1),
    date(2026, 10, 1): Climate(wait=0.7, churn=0.85, silence=0.6, mood=0.15),
}

# Ticket volume by calendar month: year-end invoices, summer holidays, the return in September.
SEASON = {
    1: 1.25,
    2: 1.1,
    3: 1.0,
    4: 0.95,
    5: 0.95,
    6: 0.9,
    7: 0.75,
    8: 0.8,
    9: 1.1,
    10: 1.05,
    11: 1.15,
    12: 1.0,
}

# Share of the day's contacts that begin in each local hour.
HOURS = {
    0: 0.5, 1: 0.3, 2: 0.2, 3: 0.2, 4: 0.3, 5: 0.6, 6: 1.5, 7: 3, 8: 6, 9: 10, 10: 11, 11: 10,
    12: 7, 13: 8, 14: 9, 15: 8, 16: 7, 17: 5, 18: 3.5, 19: 3, 20: 2.5, 21: 2, 22: 1.2, 23: 0.7,
}  # fmt: skip


def climate(day: date) -> Climate:
    """Tell what the month of the day was like."""
    return CLIMATE.get(day.replace(day=1), Climate())


def months(first: date, end: date) -> Iterator[date]:
    """Give the first days of the months from the one of `first` up to, not including, `end`."""
    month = first.replace(day=1)
    while month < end:
        yield month
        month = next_month(month)


def next_month(day: date) -> date:
    """Give the first day of the month after the day's."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def day_within(dice: Dice, month: date) -> date:
    """Draw a day of the month."""
    return month + timedelta(days=dice.whole(0, (next_month(month) - month).days - 1))


def midnight(day: date) -> datetime:
    """Give the instant the day begins, UTC."""
    return datetime.combine(day, time(), UTC)


def office_time(dice: Dice, day: date) -> datetime:
    """Draw an instant of the day between 07:00 and 16:59 UTC."""
    return midnight(day) + timedelta(seconds=dice.whole(7 * 3600, 17 * 3600 - 1))


def later(instant: datetime, **delta: float) -> datetime:
    """Give the instant after a delay, in whole seconds."""
    return (instant + timedelta(**delta)).replace(microsecond=0)


def happened(instant: datetime | None) -> datetime | None:
    """Give the instant, unless it lies after the end of the data."""
    return instant if instant is not None and instant < END_AT else None
