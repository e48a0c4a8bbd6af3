"""Business minutes of random schedules and intervals, against a walk written independently of the SQL.

The walk lays each local day's windows on the UTC axis with `zoneinfo` and adds up what an interval covers;
short intervals are walked minute by minute as well.
"""

import random
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from dbt_runner import Warehouse
from helpdesk import Helpdesk
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

ZONES = [
    "Europe/Vilnius", "America/New_York", "Australia/Sydney", "Australia/Lord_Howe", "America/Sao_Paulo",
    "Asia/Kolkata", "Pacific/Auckland", "America/St_Johns", "UTC", "Asia/Kathmandu", "America/Santiago",
]  # fmt: skip
FIRST_DAY, LAST_DAY = date(2021, 1, 1), date(2026, 6, 30)
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
Row = dict[str, Any]


def random_day(rng: random.Random) -> date:
    return FIRST_DAY + timedelta(days=rng.randrange((LAST_DAY - FIRST_DAY).days))


def random_windows(rng: random.Random) -> list[tuple[int, int]]:
    """A day's windows: office hours, a split shift, a night shift's two halves, or round the clock."""
    a, b, c, d = sorted(rng.sample(range(300, 1320), 4))
    return rng.choice(
        [[(a, d)], [(a, b), (c, d)], [(0, a), (d, 1440)], [(0, 1440)], [(0, a), (b, c), (d, 1440)]]
    )


def random_schedule(rng: random.Random, schedule_id: str) -> list[Row]:
    """Rows of one schedule: up to three versions, one after the other."""
    cuts = sorted(random_day(rng) for _ in range(rng.randrange(3)))
    rows = []
    for start, end in zip([None, *cuts], [*cuts, None], strict=True):
        if start is not None and start == end:
            continue
        for weekday in range(1, 8):
            if rng.random() < 0.75:
                for opens, closes in random_windows(rng):
                    rows.append(
                        {"schedule_id": schedule_id, "weekday": weekday, "opens_minute": opens,
                         "closes_minute": closes,
                         "valid_from": start, "valid_to": end}
                    )  # fmt: skip
    zone = rng.choice(ZONES)
    return [{**row, "time_zone": zone} for row in rows]


def to_utc(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A wall-clock time as an instant: the second reading where there are two, forward over a gap."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(first, second)


def windows_of_day(
    rows: list[Row], holidays: dict[date, tuple[int, int] | None], day: date
) -> list[tuple[int, int]]:
    """Local windows of one day, after holidays."""
    low, high = (0, 1440) if day not in holidays else holidays[day] or (0, 0)
    return [
        (max(row["opens_minute"], low), min(row["closes_minute"], high))
        for row in rows
        if row["weekday"] == day.isoweekday()
        and (row["valid_from"] is None or day >= row["valid_from"])
        and (row["valid_to"] is None or day < row["valid_to"])
    ]


def covered_minutes(
    rows: list[Row], holidays: dict[date, tuple[int, int] | None], start: datetime, stop: datetime
) -> float:
    """Business minutes of an interval, exact to the second."""
    zone = ZoneInfo(rows[0]["time_zone"])
    day, total = start.date() - timedelta(days=2), 0.0
    while day <= stop.date() + timedelta(days=2):
        for opens, closes in windows_of_day(rows, holidays, day):
            if opens < closes:
                opened, closed = to_utc(day, opens, zone), to_utc(day, closes, zone)
                total += max(0.0, (min(closed, stop) - max(opened, start)).total_seconds()) / 60
        day += timedelta(days=1)
    return total


def walked_minutes(
    rows: list[Row], holidays: dict[date, tuple[int, int] | None], start: datetime, stop: datetime
) -> float:
    """The same, asking of each minute what the clock on the wall says."""
    zone, total, instant = ZoneInfo(rows[0]["time_zone"]), 0.0, start
    while instant < stop:
        wall = instant.astimezone(zone)
        minute = wall.hour * 60 + wall.minute
        if any(opens <= minute < closes for opens, closes in windows_of_day(rows, holidays, wall.date())):
            total += 1
        instant += timedelta(minutes=1)
    return total


# Each example is a build of some 500 intervals: two of them, and no search for a smaller one.
@settings(max_examples=2, deadline=None, database=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_business_minutes_equal_an_independent_walk(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rng = random.Random(seed)
    folder: Path = tmp_path_factory.mktemp("business_time")
    desk, expected = Helpdesk(), {}
    desk.ticket(datetime.combine(FIRST_DAY, time(), UTC), ticket_id="first day")
    for number in range(12):
        schedule_id = f"S{number}"
        rows = random_schedule(rng, schedule_id)
        if not rows:
            continue
        for row in rows:
            desk.raw.add("helpdesk", "schedules", **row)
        holidays: dict[date, tuple[int, int] | None] = {}
        for day in {random_day(rng) for _ in range(40)}:
            holidays[day] = rng.choice([None, (600, 900)])
            opens, closes = holidays[day] or (None, None)
            desk.raw.add(
                "helpdesk", "holidays", schedule_id=schedule_id, holiday_date=day, opens_minute=opens,
                closes_minute=closes,
            )  # fmt: skip
        for _ in range(40):
            start = datetime.combine(random_day(rng), time(), UTC) + timedelta(seconds=rng.randrange(86400))
            seconds = int(10 ** rng.uniform(0, 8.2))
            stop = min(start + timedelta(seconds=seconds), AS_OF)
            ticket_id = desk.ticket(start, schedule_id=schedule_id)
            desk.message(ticket_id, stop, "agent")
            expected[ticket_id] = covered_minutes(rows, holidays, start, stop)
        start = datetime.combine(random_day(rng), time(rng.randrange(24)), UTC)
        stop = start + timedelta(days=5, minutes=rng.randrange(1440))
        assert walked_minutes(rows, holidays, start, stop) == covered_minutes(rows, holidays, start, stop)

    raw = desk.raw.write(folder / "raw")
    warehouse = Warehouse(folder, {})
    warehouse.dbt(
        "build", "--select", "+fct_tickets", "no_business_day_needs_more_windows",
        "--indirect-selection", "cautious",
        "--exclude-resource-type", "unit_test",
        variables={"raw": "files", "raw_path": str(raw), "as_of": AS_OF.isoformat()},
    )  # fmt: skip
    with duckdb.connect(str(warehouse.build_file), read_only=True) as connection:
        measured = dict(
            connection.execute(
                "select ticket_id, first_reply_business_minutes from marts.fct_tickets"
            ).fetchall()
        )
    for ticket_id, minutes in expected.items():
        assert measured[ticket_id] == pytest.approx(minutes, abs=1e-6), ticket_id
