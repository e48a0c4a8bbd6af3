"""Business minutes of random schedules and intervals against a walk in Python, on each engine.

Business minutes are walked minute by minute: each minute of five and a half years is asked what the clock on
the wall says. Windows that open or close in an hour in which clocks change are laid on the UTC axis edge by
edge instead, since METRICS §4.6 converts each edge by itself.
"""

import os
import random
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pytest
from dbt_runner import Warehouse
from helpdesk import Helpdesk
from postgres_server import connect

ZONES = [
    "Europe/Vilnius", "America/New_York", "Australia/Sydney", "Australia/Lord_Howe", "America/Sao_Paulo",
    "Asia/Kolkata", "Pacific/Auckland", "America/St_Johns", "UTC", "Asia/Kathmandu", "America/Santiago",
]  # fmt: skip
FIRST_DAY, LAST_DAY = date(2021, 1, 1), date(2026, 6, 30)
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
# The walk goes on after as_of, where promises fall due.
WALK_START = datetime(2020, 12, 25, tzinfo=UTC)
WALK_DAYS = (AS_OF - WALK_START).days + 120
Row = dict[str, Any]
Holidays = dict[date, tuple[int, int] | None]


def random_day(rng: random.Random) -> date:
    return FIRST_DAY + timedelta(days=rng.randrange((LAST_DAY - FIRST_DAY).days))


def random_windows(rng: random.Random, edges: list[int]) -> list[tuple[int, int]]:
    """A day's windows: office hours, a split shift, a night shift's two halves, or round the clock."""
    a, b, c, d = sorted(edges)
    return rng.choice(
        [[(a, d)], [(a, b), (c, d)], [(0, a), (d, 1440)], [(0, 1440)], [(0, a), (b, c), (d, 1440)]]
    )


def random_schedule(rng: random.Random, schedule_id: str, *, by_night: bool) -> list[Row]:
    """Rows of one schedule: up to three versions, one after the other."""
    cuts = sorted(random_day(rng) for _ in range(rng.randrange(3)))
    zone, rows = rng.choice(ZONES), []
    for start, end in zip([None, *cuts], [*cuts, None], strict=True):
        if start is not None and start == end:
            continue
        for weekday in range(1, 8):
            if rng.random() < 0.75 or weekday == 1:
                edges = rng.sample(range(15, 300) if by_night else range(300, 1320), 4)
                rows += [
                    {
                        "schedule_id": schedule_id, "weekday": weekday, "opens_minute": opens,
                        "closes_minute": closes, "valid_from": start, "valid_to": end, "time_zone": zone,
                    }
                    for opens, closes in random_windows(rng, edges)
                ]  # fmt: skip
    return rows


def windows_of_day(rows: list[Row], holidays: Holidays, day: date) -> list[tuple[int, int]]:
    """Local windows of one day, after holidays."""
    low, high = (0, 1440) if day not in holidays else holidays[day] or (0, 0)
    return [
        (max(row["opens_minute"], low), min(row["closes_minute"], high))
        for row in rows
        if row["weekday"] == day.isoweekday()
        and (row["valid_from"] is None or day >= row["valid_from"])
        and (row["valid_to"] is None or day < row["valid_to"])
    ]


class Walk:
    """Business minutes of a schedule, by asking each minute what the clock on the wall says."""

    def __init__(self, rows: list[Row], holidays: Holidays) -> None:
        """Walk all minutes once; the clock on the wall is read every quarter of an hour."""
        zone = ZoneInfo(rows[0]["time_zone"])
        walls = [(WALK_START + timedelta(minutes=15 * n)).astimezone(zone) for n in range(WALK_DAYS * 96)]
        first = walls[0].date().toordinal()
        masks = np.zeros((walls[-1].date().toordinal() - first + 1, 1440), dtype=bool)
        for number, mask in enumerate(masks):
            for opens, closes in windows_of_day(rows, holidays, date.fromordinal(first + number)):
                mask[opens : max(opens, closes)] = True
        days = np.array([wall.toordinal() - first for wall in walls])
        starts = np.array([wall.hour * 60 + wall.minute for wall in walls])
        self.open = masks[days[:, None], starts[:, None] + np.arange(15)].ravel()
        self.before = np.concatenate([[0], np.cumsum(self.open)])

    def reading(self, instant: datetime) -> float:
        """Open minutes up to an instant."""
        seconds = (instant - WALK_START).total_seconds()
        minute = int(seconds // 60)
        return float(self.before[minute] + self.open[minute] * (seconds / 60 - minute))


def to_utc(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A wall-clock time as an instant: the second reading where there are two, forward over a gap."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(first, second)


def covered_minutes(rows: list[Row], holidays: Holidays, start: datetime, stop: datetime) -> float:
    """Business minutes of an interval, each window laid on the UTC axis edge by edge.

    An edge that clocks skip moves forward, past where the next window opens perhaps: no minute counts twice.
    """
    zone, done = ZoneInfo(rows[0]["time_zone"]), start
    day, total = start.date() - timedelta(days=2), 0.0
    while day <= stop.date() + timedelta(days=2):
        for opens, closes in sorted(windows_of_day(rows, holidays, day)):
            if opens < closes:
                opened, closed = to_utc(day, opens, zone), min(to_utc(day, closes, zone), stop)
                total += max(0.0, (closed - max(opened, done)).total_seconds()) / 60
                done = max(done, closed)
        day += timedelta(days=1)
    return total


class Company:
    """Random schedules, and intervals measured by them, as raw rows of a helpdesk."""

    def __init__(self, seed: int) -> None:
        """Draw nine schedules; three of them open and close by night, where clocks change."""
        self.rng, self.desk = random.Random(seed), Helpdesk()
        self.walks: dict[str | None, Walk] = {}
        self.intervals: dict[str, float] = {}
        self.desk.ticket(
            datetime.combine(FIRST_DAY, time(), UTC), ticket_id="first day", schedule_id="nohours"
        )
        for number in range(9):
            self.add_schedule(f"S{number}", by_night=number >= 6)

    def add_schedule(self, schedule_id: str, *, by_night: bool) -> None:
        """A schedule with holidays, and intervals from a second to five years measured by it."""
        rng = self.rng
        rows = random_schedule(rng, schedule_id, by_night=by_night)
        for row in rows:
            self.desk.raw.add("helpdesk", "schedules", **row)
        holidays: Holidays = {}
        for day in sorted({random_day(rng) for _ in range(40)}):
            holidays[day] = rng.choice([None, (600, 900)])
            opens, closes = holidays[day] or (None, None)
            self.desk.raw.add(
                "helpdesk", "holidays", schedule_id=schedule_id, holiday_date=day, opens_minute=opens,
                closes_minute=closes,
            )  # fmt: skip
        if not by_night:
            self.walks[schedule_id] = Walk(rows, holidays)
        for _ in range(40):
            start = datetime.combine(random_day(rng), time(), UTC) + timedelta(seconds=rng.randrange(86400))
            stop = min(start + timedelta(seconds=int(10 ** rng.uniform(0, 8.2))), AS_OF)
            ticket_id = self.desk.ticket(start, schedule_id=schedule_id)
            self.desk.message(ticket_id, stop, "agent")
            self.intervals[ticket_id] = (
                covered_minutes(rows, holidays, start, stop)
                if by_night
                else self.walk(schedule_id, start, stop) or 0.0
            )

    def walk(self, schedule_id: str | None, start: datetime, stop: datetime) -> float | None:
        """Business minutes of an interval; None without opening hours."""
        if schedule_id not in self.walks:
            return None
        return self.walks[schedule_id].reading(stop) - self.walks[schedule_id].reading(start)


def measured(engine: str, company: Company, folder: Path, postgres: Mapping[str, str]) -> dict[str, Any]:
    """Minutes to the first reply by ticket, calendar and business, as built on an engine."""
    variables: dict[str, Any] = {"raw": "schema", "as_of": AS_OF.isoformat()}
    if engine == "postgres":
        with connect(postgres) as server:
            schemas = company.desk.raw.load(server.cursor())
    else:
        raw = company.desk.raw.write(folder / "raw")
        variables |= {"raw": "files", "raw_path": str(raw)}
    warehouse = Warehouse(folder, postgres)
    warehouse.dbt(
        "build", "--select", "+fct_tickets", "no_business_day_needs_more_windows",
        "--indirect-selection", "cautious", "--exclude-resource-type", "unit_test", variables=variables,
    )  # fmt: skip
    sql = "select ticket_id, first_reply_minutes, first_reply_business_minutes from marts.fct_tickets"
    if engine == "postgres":
        with connect(postgres) as server:
            cursor = server.cursor()
            cursor.execute(sql)
            rows = cursor.fetchall()
            for schema in schemas:
                cursor.execute(f"drop schema {schema} cascade")
    else:
        with duckdb.connect(str(warehouse.build_file), read_only=True) as connection:
            rows = connection.execute(sql).fetchall()
    return {ticket_id: (minutes, business) for ticket_id, minutes, business in rows}


@pytest.fixture
def seed() -> int:
    """Another company each time; CX_SEED repeats the one that a failure names."""
    return int(os.environ.get("CX_SEED") or secrets.randbelow(2**32))


@pytest.mark.parametrize("engine_name", ["duckdb", "postgres"])
def test_business_minutes_equal_an_independent_walk(
    engine_name: str, seed: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    print(f"CX_SEED={seed}")
    postgres = request.getfixturevalue("postgres_environment") if engine_name == "postgres" else {}
    company = Company(seed)
    found = measured(engine_name, company, tmp_path, postgres)
    assert len(company.intervals) == 360
    for ticket_id, expected in company.intervals.items():
        minutes, business = found[ticket_id]
        assert business == pytest.approx(expected, abs=1e-6), ticket_id
        assert business <= minutes + 1e-6
