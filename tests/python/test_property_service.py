"""Random schedules and random tickets against what Python makes of the same rows, on each engine.

Business minutes are walked minute by minute: each minute of five and a half years is asked what the clock on
the wall says. Windows that open or close in an hour in which clocks change are laid on the UTC axis edge by
edge instead, since METRICS §4.6 converts each edge by itself. `ticket_reference` reads the lives of tickets.
"""

import csv
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
from ticket_reference import CLOSED, PAUSING, Life, lives, minutes

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
    """Business minutes of an interval, each window laid on the UTC axis edge by edge."""
    zone = ZoneInfo(rows[0]["time_zone"])
    day, total = start.date() - timedelta(days=2), 0.0
    while day <= stop.date() + timedelta(days=2):
        for opens, closes in windows_of_day(rows, holidays, day):
            if opens < closes:
                opened, closed = to_utc(day, opens, zone), to_utc(day, closes, zone)
                total += max(0.0, (min(closed, stop) - max(opened, start)).total_seconds()) / 60
        day += timedelta(days=1)
    return total


class Company:
    """A random helpdesk: its raw rows, and what Python makes of them."""

    def __init__(self, seed: int) -> None:
        """Draw schedules, intervals, promises and tickets."""
        self.rng, self.desk = random.Random(seed), Helpdesk()
        self.walks: dict[str | None, Walk] = {}
        self.intervals: dict[str, float] = {}
        self.desk.ticket(
            datetime.combine(FIRST_DAY, time(), UTC), ticket_id="first day", schedule_id="nohours"
        )
        for number in range(9):
            self.add_schedule(f"S{number}", by_night=number >= 6)
        self.targets = self.random_targets()
        self.bots = {"bot1"}
        self.desk.raw.add("crm", "employees", employee_id="bot1", role="bot")
        self.desk.raw.add("crm", "employees", employee_id="h1", role="manager")
        self.tickets: list[Row] = []
        self.messages: list[Row] = []
        self.events: list[Row] = []
        for number in range(400):
            self.add_ticket(f"L{number:03}")
        for table in ("tickets", "messages", "events"):
            for row in getattr(self, table):
                self.desk.raw.add(
                    "helpdesk", table if table == "tickets" else f"ticket_{table}",
                    **{name: value.isoformat() if isinstance(value, datetime) else value
                       for name, value in row.items()},
                )  # fmt: skip

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

    def random_targets(self) -> list[Row]:
        """Promises of one policy: for all and for some, for good and for a while."""
        rows = []
        for metric in ("first_reply", "next_reply", "resolution", "requester_wait", "agent_work"):
            for priority in (None, "high"):
                days = sorted({date(2026, 5, 1) + timedelta(days=self.rng.randrange(60)) for _ in range(3)})
                for start in [None, *days]:
                    end = start and self.rng.choice([None, start + timedelta(days=self.rng.randrange(1, 20))])
                    rows.append({
                        "policy_id": "P", "metric": metric, "priority": priority, "valid_from": start,
                        "valid_to": end, "target_minutes": self.rng.choice([30, 60, 240, 600, 1440.5]),
                        "clock": self.rng.choice(["business", "calendar"]),
                    })  # fmt: skip
        for row in rows:
            self.desk.raw.add("helpdesk", "sla_targets", **row)
        return rows

    def moment(self, created: datetime) -> datetime:
        """An instant in the life of a ticket: often the same as another, now and then a little early."""
        chance = self.rng.random()
        if chance < 0.03:
            return created - timedelta(seconds=self.rng.choice([1, 2]))
        if chance < 0.04:
            return created - timedelta(seconds=self.rng.choice([3, 300]))
        if chance < 0.6:
            return created + timedelta(minutes=self.rng.choice([0, 5, 10, 10, 20, 60, 600, 1440, 4000]))
        return created + timedelta(seconds=int(10 ** self.rng.uniform(0, 6.3)))

    def add_ticket(self, ticket_id: str) -> None:
        """A ticket with messages and changes, some of them after as_of."""
        rng = self.rng
        created = AS_OF - timedelta(seconds=int(10 ** rng.uniform(3, 6.7)))
        schedules = [*list(self.walks)[:4], "nohours", None]
        mergeable = self.tickets[-5:]
        self.tickets.append({
            "ticket_id": ticket_id, "created_at": created, "priority": rng.choice(["low", "high", None]),
            "created_by": rng.choice(["customer"] * 6 + ["agent", "bot"]), "is_spam": rng.random() < 0.03,
            "status": rng.choice(["new", "open", "pending", "hold", "solved", "closed"]),
            "sla_policy_id": rng.choice(["P", "P", None]), "schedule_id": rng.choice(schedules),
            "merged_into_ticket_id": (
                rng.choice(mergeable)["ticket_id"] if mergeable and rng.random() < 0.1 else None
            ),
        })  # fmt: skip
        latest = AS_OF + timedelta(hours=23)
        for number in range(rng.choice([0, 1, 2, 3, 5, 8])):
            author = rng.choice(["customer", "customer", "agent", "agent", "bot", "system"])
            message = {
                "message_id": f"{ticket_id}-{number}", "ticket_id": ticket_id, "author_type": author,
                "sent_at": min(self.moment(created), latest), "is_public": rng.random() < 0.9,
                "author_id": rng.choice([None, "h1", "bot1"]) if author == "agent" else None,
                "is_automated": rng.random() < 0.1, "body": rng.choice([None, "hello", f"text {number}"]),
            }  # fmt: skip
            self.messages.append(message)
            if rng.random() < 0.15:
                again = timedelta(seconds=rng.choice([0, 30, 60, 61]))
                self.messages.append(
                    {**message, "message_id": f"{ticket_id}-{number}b", "sent_at": message["sent_at"] + again}
                )
        values = {
            "status": ["new", "open", "pending", "hold", "solved", "closed", "solved"],
            "priority": ["low", "high", None], "schedule": schedules,
        }  # fmt: skip
        for name, counts in (
            ("status", [0, 1, 2, 4, 7]),
            ("priority", [0, 0, 1, 2]),
            ("schedule", [0, 0, 0, 1, 3]),
        ):
            moments = sorted(min(self.moment(created), latest) for _ in range(rng.choice(counts)))
            before = rng.choice([None, rng.choice(values[name])])
            for number, at in enumerate(moments):
                after = rng.choice(values[name])
                self.events.append({
                    "event_id": f"{ticket_id}-{name}-{number}", "ticket_id": ticket_id, "occurred_at": at,
                    "sequence": rng.choice([None, 1, 2]), "field": name, "old_value": before,
                    "new_value": after,
                })  # fmt: skip
                before = after

    def lives(self) -> dict[str, Life]:
        """What Python makes of the tickets."""
        return lives(self.tickets, self.messages, self.events, self.bots, AS_OF, self.walk)


def load_schemas(settings: Mapping[str, str], raw: Path) -> None:
    """Put raw files into schemas raw_<system> of a PostgreSQL server, as text."""
    with connect(settings) as server:
        cursor = server.cursor()
        for folder in sorted(raw.iterdir()):
            cursor.execute(f"drop schema if exists raw_{folder.name} cascade")
            cursor.execute(f"create schema raw_{folder.name}")
        for path in sorted(raw.glob("*/*.csv")):
            table = f"raw_{path.parent.name}.{path.stem}"
            with path.open(encoding="utf-8", newline="") as stream:
                columns = ", ".join(f"{name} text" for name in next(csv.reader(stream)))
                cursor.execute(f"create table {table} ({columns})")
                cursor.copy_expert(f"copy {table} from stdin with (format csv)", stream)


def drop_schemas(settings: Mapping[str, str], raw: Path) -> None:
    """Leave the server as it was."""
    with connect(settings) as server:
        for folder in sorted(raw.iterdir()):
            server.cursor().execute(f"drop schema raw_{folder.name} cascade")


FACTS = ["fct_tickets", "fct_ticket_replies", "fct_ticket_status_intervals", "fct_sla_outcomes"]
IDENTITIES = [
    "no_business_day_needs_more_windows", "status_spells_add_up_to_the_life_of_a_ticket",
    "waits_and_solved_time_add_up_to_the_full_resolution", "business_time_never_exceeds_calendar_time",
    "an_sla_clock_is_breached_exactly_when_it_is_over_its_target",
]  # fmt: skip


def built(engine: str, company: Company, folder: Path, postgres: Mapping[str, str]) -> dict[str, list[Row]]:
    """The service facts of a company, built on an engine with the identities as tests."""
    raw = company.desk.raw.write(folder / "raw")
    variables: dict[str, Any] = {"raw": "files", "raw_path": str(raw), "as_of": AS_OF.isoformat()}
    if engine == "postgres":
        variables = {"raw": "schema", "as_of": AS_OF.isoformat()}
        load_schemas(postgres, raw)
    warehouse = Warehouse(folder, postgres)
    warehouse.dbt(
        "build", "--select", *(f"+{fact}" for fact in FACTS), *IDENTITIES, "--indirect-selection", "cautious",
        "--exclude-resource-type", "unit_test", variables=variables,
    )  # fmt: skip
    facts: dict[str, list[Row]] = {}

    def read(cursor: Any) -> None:
        for fact in FACTS:
            cursor.execute(f"select * from marts.{fact}")
            names = [column[0] for column in cursor.description]
            facts[fact] = [
                {
                    name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
                    for name, value in zip(names, row, strict=True)
                }
                for row in cursor.fetchall()
            ]

    if engine == "postgres":
        with connect(postgres) as server:
            read(server.cursor())
        drop_schemas(postgres, raw)
    else:
        with duckdb.connect(str(warehouse.build_file), read_only=True) as connection:
            read(connection.cursor())
    return facts


def assert_same(found: Row, expected: Row, where: Any) -> None:
    """Every expected column is there, numbers to a millionth of a minute."""
    for name, value in expected.items():
        close = pytest.approx(value, abs=1e-6) if isinstance(value, float) else value
        assert found[name] == close, (where, name, found[name], value)


def counted(life: Life, promise: Row, at: datetime) -> float:
    """Where a promise's clock stands at an instant; past the end of the life it is taken to run on."""
    statuses = PAUSING.get(promise["metric"])
    if statuses is None:
        return span(life, promise["clock"], promise["start"], at)
    total = life.spent(statuses, promise["clock"], min(at, promise["until"]))
    assert total is not None
    return total + (span(life, promise["clock"], promise["until"], at) if at > promise["until"] else 0.0)


def span(life: Life, clock: str, start: datetime, stop: datetime) -> float:
    """Minutes of a clock that has a schedule where it needs one; past a schedule's end nothing is counted."""
    return minutes(start, stop) if clock == "calendar" else life.business(start, stop) or 0.0


@pytest.fixture
def seed() -> int:
    """Another company each time; CX_SEED repeats the one that a failure names."""
    return int(os.environ.get("CX_SEED") or secrets.randbelow(2**32))


@pytest.mark.parametrize("engine_name", ["duckdb", "postgres"])
def test_facts_equal_an_independent_reading_of_random_tickets(
    engine_name: str, seed: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    print(f"CX_SEED={seed}")
    postgres = request.getfixturevalue("postgres_environment") if engine_name == "postgres" else {}
    company = Company(seed)
    facts = built(engine_name, company, tmp_path, postgres)
    tickets = {row["ticket_id"]: row for row in facts["fct_tickets"]}
    for ticket_id, business in company.intervals.items():
        row = tickets[ticket_id]
        assert row["first_reply_business_minutes"] == pytest.approx(business, abs=1e-6), ticket_id
        assert row["first_reply_business_minutes"] <= row["first_reply_minutes"] + 1e-6

    expected = company.lives()
    assert {key for key in tickets if key.startswith("L")} == set(expected)
    replies = {(row["ticket_id"], row["run_number"]): row for row in facts["fct_ticket_replies"]}
    promises = {
        (row["ticket_id"], row["metric"], row["occurrence"]): row for row in facts["fct_sla_outcomes"]
    }
    runs_expected, promises_expected = set(), set()
    for ticket_id, life in expected.items():
        assert_same(tickets[ticket_id], life.fact(), (seed, ticket_id))
        for run in life.runs:
            key = (ticket_id, run["run_number"])
            runs_expected.add(key)
            del run["until"]
            assert_same(replies[key], run, (seed, *key))
        for promise in life.promises(company.targets):
            key = (ticket_id, promise["metric"], promise["occurrence"])
            promises_expected.add(key)
            found = promises[key]
            checked = ("priority", "target_minutes", "clock", "elapsed_minutes", "outcome")
            assert_same(found, {name: promise[name] for name in checked}, (seed, *key))
            assert_due(life, promise, found["due_at"], (seed, *key))
    assert {key for key in replies if key[0] in expected} == runs_expected
    assert set(promises) == promises_expected
    assert len(runs_expected) > 200
    assert len(promises_expected) > 100
    assert any(life.is_solved and life.reopened_at for life in expected.values())
    statuses = {row["status"] for row in facts["fct_ticket_status_intervals"]}
    assert statuses >= CLOSED


def assert_due(life: Life, promise: Row, due_at: datetime | None, where: Any) -> None:
    """The clock reaches its target at due_at and not a second before; without hours left it never does."""
    if due_at is None:
        assert counted(life, promise, AS_OF + timedelta(days=100)) < promise["target_minutes"], where
    elif promise["clock"] == "calendar" or life.business(promise["start"], due_at) is not None:
        assert counted(life, promise, due_at) == pytest.approx(promise["target_minutes"], abs=1e-6), where
        second_before = counted(life, promise, due_at - timedelta(seconds=1))
        assert second_before < promise["target_minutes"] - 1e-6, where
