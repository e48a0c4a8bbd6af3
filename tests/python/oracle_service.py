"""The service marts computed a second time, in plain Python, from the texts and not from the SQL.

Raw helpdesk rows in; the rows of the service facts and KPIs out, as dictionaries keyed by grain. It knows
RAW_CONTRACT, MARTS, METRICS §0 and §4 and CLARIFICATIONS D1-D9 and D30-D45, walks days and messages one by
one and makes no attempt to be fast.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Row = dict[str, Any]
RawTables = Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]
Interval = tuple[datetime, datetime]

SOLVED = {"solved", "closed"}
SKEW = timedelta(seconds=2)
MINUTE = timedelta(minutes=1)
ALWAYS, FOREVER = (edge.replace(tzinfo=UTC) for edge in (datetime.min, datetime.max))
UTC_ZONE = ZoneInfo("UTC")
Z = 1.959963984540054
WAITS = ("first_reply", "any_reply", "next_reply", "first_resolution", "full_resolution")
TICKET_DIMENSIONS = ("segment", "team", "office", "channel", "priority", "topic")


@dataclass(frozen=True)
class Settings:
    """The variables of a build that the service subject reads."""

    as_of: datetime
    source_zone: ZoneInfo = UTC_ZONE
    reporting_zone: ZoneInfo = UTC_ZONE
    default_schedule: str | None = None
    fcr_window_days: int = 7
    reopen_window_days: int = 30
    rmst_tau_minutes: float = 7200
    min_base_publish: int = 5
    min_base_reliable: int = 30
    min_base_p90: int = 50

    def local_date(self, instant: datetime) -> date:
        """Day of an instant in the reporting zone."""
        return instant.astimezone(self.reporting_zone).date()

    def day_end(self, local: date) -> datetime:
        """When a local day of the reporting zone ends."""
        return wall_to_utc(datetime.combine(local + timedelta(days=1), time()), self.reporting_zone)

    def variables(self) -> dict[str, Any]:
        """The same as dbt variables."""
        return {
            "as_of": self.as_of.isoformat(),
            "source_time_zone": self.source_zone.key,
            "reporting_time_zone": self.reporting_zone.key,
            "default_schedule": self.default_schedule,
        }


def minutes(length: timedelta) -> float:
    """A duration in minutes."""
    return length / MINUTE


# Raw values -----------------------------------------------------------------------------------------


def text(value: Any) -> str | None:
    """A raw value as text; empty is null."""
    return None if value is None or str(value) == "" else str(value)


def boolean(value: Any, *, absent: bool) -> bool:
    """true/false/1/0/yes/no/t/f in any case."""
    return absent if text(value) is None else str(value).lower() in {"true", "1", "yes", "t"}


def day(value: Any) -> date | None:
    """A date."""
    return None if text(value) is None else date.fromisoformat(str(value))


def number(value: Any) -> int | None:
    """A whole number."""
    return None if text(value) is None else int(value)


def wall_to_utc(wall: datetime, zone: ZoneInfo) -> datetime:
    """A wall-clock time as an instant: the second reading of two, forward over a gap (D1)."""
    return max(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def instant(value: Any, zone: ZoneInfo) -> datetime | None:
    """An ISO instant; without an offset, or a plain date, in the source zone (D1)."""
    if text(value) is None:
        return None
    parsed = datetime.fromisoformat(str(value))
    return wall_to_utc(parsed, zone) if parsed.tzinfo is None else parsed.astimezone(UTC)


# Accepted rows --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ticket:
    """An accepted row of `tickets`."""

    ticket_id: str
    created_at: datetime
    created_by: str
    customer_id: str | None
    status: str
    merged_into: str | None
    is_out: bool
    schedule_id: str | None
    sla_policy_id: str | None
    attributes: Mapping[str, str | None]

    @property
    def is_customers(self) -> bool:
        """True if the customer opened it and nothing takes it out of scope (D31)."""
        return self.created_by == "customer" and not self.is_out


@dataclass(frozen=True)
class Event:
    """An accepted row of `ticket_events`."""

    ticket_id: str
    field: str
    at: datetime
    old: str | None
    new: str | None
    order: tuple[datetime, bool, int, str]


@dataclass(frozen=True)
class Message:
    """An accepted row of `ticket_messages`; `author` is who it really was (D32)."""

    message_id: str
    ticket_id: str
    at: datetime
    author: str
    author_id: str | None
    is_public: bool
    is_automated: bool
    body: str | None

    @property
    def is_human(self) -> bool:
        """A person of the company answered in public."""
        return self.author == "agent" and self.is_public and not self.is_automated

    @property
    def is_bots(self) -> bool:
        """A bot answered in public, with content."""
        return self.author == "bot" and self.is_public and not self.is_automated

    @property
    def is_customers(self) -> bool:
        """The customer wrote."""
        return self.author == "customer" and self.is_public and not self.is_automated


@dataclass(frozen=True)
class Target:
    """An accepted row of `sla_targets`."""

    policy_id: str
    metric: str
    priority: str | None
    minutes: float
    clock: str
    valid_from: date
    valid_to: date


def newest(rows: Iterable[Mapping[str, Any]], key: str, zone: ZoneInfo) -> list[Mapping[str, Any]]:
    """The row with the newest `updated_at` of each key; a row without one loses (D9)."""
    best: dict[str, tuple[datetime, Mapping[str, Any]]] = {}
    for row in rows:
        updated = instant(row.get("updated_at"), zone) or datetime.min.replace(tzinfo=UTC)
        name = str(row[key])
        if name not in best or updated > best[name][0]:
            best[name] = (updated, row)
    return [row for _, row in best.values()]


class Raw:
    """The raw rows, typed, judged and deduplicated."""

    def __init__(self, tables: RawTables, settings: Settings) -> None:
        """Read every table the service subject needs."""
        self.tables, self.settings, self.zone = tables, settings, settings.source_zone
        crm = newest(tables.get(("crm", "customers"), ()), "customer_id", self.zone)
        self.segments = {row["customer_id"]: text(row.get("segment")) for row in crm}
        self.test_customers = {row["customer_id"] for row in crm if boolean(row.get("is_test"), absent=False)}
        self.roles = {row["employee_id"]: row["role"] for row in tables.get(("crm", "employees"), ())}
        self.tickets = self._tickets()
        self.events = self._events()
        self.messages = self._messages()
        self.targets = [self._target(row) for row in tables.get(("helpdesk", "sla_targets"), ())]

    def _happened(self, at: datetime) -> bool:
        """Rule 8: nothing happens before 2000 or more than a day after as_of."""
        return datetime(2000, 1, 1, tzinfo=UTC) <= at <= self.settings.as_of + timedelta(days=1)

    def _tickets(self) -> dict[str, Ticket]:
        accepted = [
            row
            for row in self.tables.get(("helpdesk", "tickets"), ())
            if self._happened(instant(row["created_at"], self.zone))  # type: ignore[arg-type]
        ]
        rows = {row["ticket_id"]: row for row in newest(accepted, "ticket_id", self.zone)}
        merged = {name: text(row.get("merged_into_ticket_id")) for name, row in rows.items()}
        return {name: self._ticket(row) for name, row in rows.items() if not in_circle(name, merged)}

    def _ticket(self, row: Mapping[str, Any]) -> Ticket:
        created_at = instant(row["created_at"], self.zone)
        assert created_at is not None
        customer_id = text(row.get("customer_id"))
        return Ticket(
            ticket_id=row["ticket_id"],
            created_at=created_at,
            created_by=text(row.get("created_by")) or "customer",
            customer_id=customer_id,
            status=row["status"],
            merged_into=text(row.get("merged_into_ticket_id")),
            is_out=boolean(row.get("is_spam"), absent=False)
            or boolean(row.get("is_test"), absent=False)
            or customer_id in self.test_customers,
            schedule_id=text(row.get("schedule_id")),
            sla_policy_id=text(row.get("sla_policy_id")),
            attributes={
                name: text(row.get(name))
                for name in ("team", "office", "channel", "priority", "topic", "assignee_id")
            },
        )

    def _events(self) -> dict[str, list[Event]]:
        events = defaultdict(list)
        for row in self.tables.get(("helpdesk", "ticket_events"), ()):
            at = instant(row["occurred_at"], self.zone)
            assert at is not None
            if row["ticket_id"] in self.tickets and self._happened(at):
                sequence = number(row.get("sequence"))
                order = (at, sequence is not None, sequence or 0, str(row["event_id"]))
                old, new = text(row.get("old_value")), text(row.get("new_value"))
                events[row["ticket_id"]].append(Event(row["ticket_id"], row["field"], at, old, new, order))
        return {name: sorted(rows, key=lambda event: event.order) for name, rows in events.items()}

    def _messages(self) -> dict[str, list[Message]]:
        messages = defaultdict(list)
        for row in self.tables.get(("helpdesk", "ticket_messages"), ()):
            at = instant(row["sent_at"], self.zone)
            assert at is not None
            if row["ticket_id"] in self.tickets and self._happened(at):
                author_id = text(row.get("author_id"))
                role = self.roles.get(author_id)
                messages[row["ticket_id"]].append(
                    Message(
                        message_id=row["message_id"],
                        ticket_id=row["ticket_id"],
                        at=at,
                        author=role if role in {"bot", "system"} else row["author_type"],
                        author_id=author_id,
                        is_public=boolean(row.get("is_public"), absent=True),
                        is_automated=boolean(row.get("is_automated"), absent=False),
                        body=text(row.get("body")),
                    )
                )
        return messages

    def _target(self, row: Mapping[str, Any]) -> Target:
        return Target(
            row["policy_id"], row["metric"], text(row.get("priority")), float(row["target_minutes"]),
            row["clock"], day(row.get("valid_from")) or date.min, day(row.get("valid_to")) or date.max,
        )  # fmt: skip


def in_circle(name: str, merged: Mapping[str, str | None]) -> bool:
    """True if a chain of merges comes back to where it began (§13 rule 28)."""
    seen, step = set(), merged.get(name)
    while step is not None and step not in seen:
        if step == name:
            return True
        seen.add(step)
        step = merged.get(step)
    return False


# Business time (§4.6) -------------------------------------------------------------------------------


class Schedules:
    """Opening hours of every schedule, laid on the UTC axis day by day."""

    def __init__(self, tables: RawTables) -> None:
        """Read schedules and holidays; a schedule in an unknown zone has no rows (C3)."""
        self.rows: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self.zones: dict[str, ZoneInfo] = {}
        for row in tables.get(("helpdesk", "schedules"), ()):
            try:
                self.zones[row["schedule_id"]] = ZoneInfo(row["time_zone"])
            except ZoneInfoNotFoundError:
                continue
            self.rows[row["schedule_id"]].append(row)
        self.holidays = {
            (text(row.get("schedule_id")), day(row["holiday_date"])): self._left_of_the_day(
                number(row.get("opens_minute")), number(row.get("closes_minute"))
            )
            for row in tables.get(("helpdesk", "holidays"), ())
        }
        self.windows = cache(self._windows)

    @staticmethod
    def _left_of_the_day(opens: int | None, closes: int | None) -> tuple[int, int]:
        """Nothing where no minute is given; one that is missing is that of the usual day."""
        if opens is None and closes is None:
            return 0, 0
        return 0 if opens is None else opens, 1440 if closes is None else closes

    def _windows(self, schedule_id: str, local_day: date) -> list[Interval]:
        """Open intervals of one local day, holidays taken away (D42)."""
        every_minute = (0, 1440)
        holiday = self.holidays.get(
            (schedule_id, local_day), self.holidays.get((None, local_day), every_minute)
        )
        low, high = holiday
        windows = []
        for row in self.rows[schedule_id]:
            valid_from, valid_to = day(row.get("valid_from")), day(row.get("valid_to"))
            if (
                int(row["weekday"]) == local_day.isoweekday()
                and (valid_from is None or valid_from <= local_day)
                and (valid_to is None or local_day < valid_to)
            ):
                opens, closes = max(int(row["opens_minute"]), low), min(int(row["closes_minute"]), high)
                if opens < closes:
                    zone = self.zones[schedule_id]
                    opened, closed = (
                        wall_to_utc(datetime.combine(local_day, time()) + minute * MINUTE, zone)
                        for minute in (opens, closes)
                    )
                    windows.append((opened, closed))
        return sorted(windows)

    def open_intervals(self, schedule_id: str, start: datetime) -> Iterator[Interval]:
        """Open intervals from an instant on, without overlaps, for six years."""
        done, first_day = start, start.date() - timedelta(days=2)
        for offset in range(6 * 366):
            for opened, closed in self.windows(schedule_id, first_day + timedelta(days=offset)):
                opened = max(opened, done)
                if opened < closed:
                    yield opened, closed
                    done = closed


@dataclass(frozen=True)
class Segment:
    """A part of a ticket's life under one schedule; None is no schedule (D41)."""

    start: datetime
    end: datetime
    schedule_id: str | None


class BusinessClock:
    """Business minutes of one ticket, each part of its life by its own schedule."""

    def __init__(self, schedules: Schedules, segments: Sequence[Segment]) -> None:
        """The segments cover all time."""
        self.schedules, self.segments = schedules, segments

    def minutes(self, start: datetime, end: datetime) -> float | None:
        """Minutes inside the schedule; null if a part of the time has none."""
        time_open = self.time_open(start, end)
        return None if time_open is None else minutes(time_open)

    def time_open(self, start: datetime, end: datetime) -> timedelta | None:
        """Time inside the schedule; null if a part of the time has none."""
        total = timedelta()
        for segment in self.segments:
            low, high = max(start, segment.start), min(end, segment.end)
            touched = low < high or (start == end and segment.start <= start < segment.end)
            if not touched:
                continue
            if segment.schedule_id is None:
                return None
            for opened, closed in self.schedules.open_intervals(segment.schedule_id, low):
                if opened >= high:
                    break
                total += min(closed, high) - opened
        return total

    def open_intervals(self, start: datetime) -> Iterator[Interval]:
        """When the clock runs, from an instant on."""
        for segment in self.segments:
            low = max(start, segment.start)
            if low < segment.end and segment.schedule_id is not None:
                for opened, closed in self.schedules.open_intervals(segment.schedule_id, low):
                    if opened >= segment.end:
                        break
                    yield opened, min(closed, segment.end)


def reached_at(target: float, runs: Iterable[Interval]) -> datetime | None:
    """The earliest instant at which a clock that runs in these intervals shows the target (D43)."""
    left = target * MINUTE
    for start, end in runs:
        if end - start >= left:
            return start + left
        left -= end - start
    return None


# A ticket's life ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spell:
    """A stretch of one status; `end` is null while it lasts."""

    status: str
    start: datetime
    end: datetime | None


@dataclass
class Run:
    """A wait of the customer for a person (D37)."""

    number: int
    since: datetime
    replied_at: datetime | None
    until: datetime
    is_running: bool


@dataclass
class Life:
    """All that is known about a ticket in scope."""

    ticket: Ticket
    created_at: datetime
    segment: str | None
    messages: list[Message]
    clock: BusinessClock
    schedule_id: str | None
    priorities: list[tuple[datetime, str | None]]
    spells: list[Spell]
    has_history: bool
    is_solved: bool
    solved_at: list[datetime]
    reopened_at: list[datetime]
    is_void: bool = False
    is_any_void: bool = False
    human_clock_at: datetime = default(init=False)
    first_human: datetime | None = None
    first_any: datetime | None = None
    runs: list[Run] = default(default_factory=list)

    @property
    def is_unknown_closure(self) -> bool:
        """Closed, and nobody knows when (D39)."""
        return self.is_solved and not self.has_history

    @property
    def is_unknown_solution(self) -> bool:
        """Solved, and nobody saw it happen: closed without a history, or solved since before it began."""
        return self.is_solved and not self.solved_at

    @property
    def last_solved_at(self) -> datetime | None:
        """The last solution."""
        return self.solved_at[-1] if self.solved_at else None


class Oracle:
    """Everything the service marts say about some raw rows."""

    def __init__(self, tables: RawTables, settings: Settings) -> None:
        """Live every ticket's life."""
        self.settings = settings
        self.raw = Raw(tables, settings)
        self.schedules = Schedules(tables)
        self.lives = {
            life.ticket.ticket_id: life
            for life in map(self._life, self.raw.tickets.values())
            if life is not None
        }

    # Scope and merges (D30, D31)

    def _root(self, ticket: Ticket) -> Ticket | None:
        seen = set()
        while ticket.merged_into is not None:
            if ticket.ticket_id in seen or ticket.merged_into not in self.raw.tickets:
                return None
            seen.add(ticket.ticket_id)
            ticket = self.raw.tickets[ticket.merged_into]
        return ticket

    def _life(self, ticket: Ticket) -> Life | None:
        if ticket.merged_into is not None or ticket.is_out:
            return None
        members = [other for other in self.raw.tickets.values() if self._root(other) is ticket]
        customers = [other for other in members if other.is_customers]
        named = {ticket.ticket_id} | {other.ticket_id for other in customers}
        messages = in_order(
            message
            for name in named
            for message in collapsed(self.raw.messages.get(name, ()))
            if message.at <= self.settings.as_of
        )
        if customers:
            created_at = min(other.created_at for other in customers)
        else:
            written = [message.at for message in messages if message.is_customers]
            if not written:
                return None
            created_at = written[0]
        if ticket.created_by != "customer":
            messages = [message for message in messages if message.at >= created_at]

        if created_at > self.settings.as_of:
            return None
        clock, schedule_id = self._clock(ticket)
        statuses = self._history(ticket, "status", "new")
        spells, solved_at, reopened_at = status_history(ticket, statuses, created_at)
        life = Life(
            ticket=ticket,
            created_at=created_at,
            segment=self.raw.segments.get(ticket.customer_id),  # type: ignore[arg-type]
            messages=messages,
            clock=clock,
            schedule_id=schedule_id,
            priorities=self._history(ticket, "priority") or [(ALWAYS, ticket.attributes["priority"])],
            spells=spells,
            has_history=bool(spells),
            is_solved=(statuses[-1][1] if statuses else ticket.status) in SOLVED,
            solved_at=solved_at,
            reopened_at=reopened_at,
        )
        self._answer(life)
        return life

    def _history(
        self, ticket: Ticket, name: str, unknown: str | None = None
    ) -> list[tuple[datetime, str | None]]:
        """Values of a field and since when; before the first change its old value. Empty without changes.

        What is to come after as_of has not happened, but tells the value of today.
        """
        changes = [e for e in self.raw.events.get(ticket.ticket_id, ()) if e.field == name]
        if not changes:
            return []
        happened = [(e.at, e.new) for e in changes if e.at <= self.settings.as_of]
        return [(ALWAYS, changes[0].old or unknown), *happened]

    def _clock(self, ticket: Ticket) -> tuple[BusinessClock, str | None]:
        changes = self._history(ticket, "schedule") or [(ALWAYS, ticket.schedule_id)]
        only = next(iter(self.schedules.rows)) if len(self.schedules.rows) == 1 else None
        fallback = only or self.settings.default_schedule
        ends = [start for start, _ in changes[1:]] + [FOREVER]
        named = [value or fallback for _, value in changes]
        segments = [
            Segment(start, end, name if name in self.schedules.rows else None)
            for (start, _), end, name in zip(changes, ends, named, strict=True)
        ]
        return BusinessClock(self.schedules, segments), named[-1]

    # Replies (D34-D37)

    def _answer(self, life: Life) -> None:
        humans = [message.at for message in life.messages if message.is_human]
        useful = [message.at for message in life.messages if message.is_human or message.is_bots]
        earliest = life.created_at - SKEW
        life.is_void = bool(humans) and humans[0] < earliest
        life.is_any_void = bool(useful) and useful[0] < earliest
        life.first_human = humans[0] if humans and not life.is_void else None
        life.first_any = useful[0] if useful and not life.is_any_void else None
        life.human_clock_at = life.created_at
        first_solved = life.solved_at[0] if life.solved_at else None
        if first_solved is not None and not life.is_void:
            bot_alone = any(m.is_bots and m.at < first_solved for m in life.messages)
            bot_alone = bot_alone and not (humans and humans[0] < first_solved)
            reopenings = [
                at
                for at in life.reopened_at
                if at >= first_solved and (life.first_human is None or at < life.first_human)
            ]
            if bot_alone and reopenings:
                life.human_clock_at = reopenings[-1]
        if not life.is_void:
            life.runs = self._runs(life)

    def _runs(self, life: Life) -> list[Run]:
        waits: list[tuple[datetime, datetime | None]] = []
        waiting_since: datetime | None = life.human_clock_at
        for message in life.messages:
            if message.is_human and waiting_since is not None:
                waits.append((waiting_since, message.at))
                waiting_since = None
            elif message.is_customers and waiting_since is None:
                waiting_since = message.at
        if waiting_since is not None:
            waits.append((waiting_since, None))
        runs = []
        for run_number, (since, replied_at) in enumerate(waits, 1):
            if replied_at is None and life.is_unknown_closure:
                continue
            until, is_running = (replied_at, False) if replied_at else self._censored(life, since)
            runs.append(Run(run_number, since, replied_at, max(until, since), is_running))
        return runs

    def _censored(self, life: Life, since: datetime) -> tuple[datetime, bool]:
        """How long an unanswered wait is known to have lasted, and whether it still does."""
        if life.is_solved and life.last_solved_at is not None and life.last_solved_at > since:
            return life.last_solved_at, False
        return self.settings.as_of, True

    # Facts

    def fct_tickets(self) -> dict[tuple[Any, ...], Row]:
        """One row per ticket in scope."""
        return {(name,): self._ticket_row(life) for name, life in self.lives.items()}

    def _ticket_row(self, life: Life) -> Row:
        ticket = life.ticket
        first_solved = life.solved_at[0] if life.solved_at else None
        full = life.last_solved_at if life.is_solved else None
        human_replies = sum(
            message.is_human and message.at >= life.created_at - SKEW for message in life.messages
        )
        outcome = None
        if not life.is_void:
            outcome = "closed_without_reply" if life.is_solved else "waiting"
            outcome = "answered" if life.first_human else outcome
        spent = self._spent(life) if full is not None else {}
        return {
            "customer_id": ticket.customer_id,
            **{name: value for name, value in ticket.attributes.items() if name != "office"},
            "created_at": life.created_at,
            "first_human_reply_at": life.first_human,
            "first_reply_at": life.first_any,
            **measured("first_reply", life, life.human_clock_at, life.first_human),
            **measured("first_any_reply", life, life.created_at, life.first_any),
            "reply_outcome": outcome,
            "first_solved_at": first_solved,
            "last_solved_at": life.last_solved_at,
            "is_solved": life.is_solved,
            **measured("first_resolution", life, life.created_at, first_solved),
            **measured("full_resolution", life, life.created_at, full),
            "active_resolution_minutes": None if full is None else
                minutes(full - life.created_at) - spent["solved"] - spent["closed"],
            "requester_wait_minutes": None if full is None else spent["new"] + spent["open"] + spent["hold"],
            "agent_wait_minutes": None if full is None else spent["pending"],
            "on_hold_minutes": None if full is None else spent["hold"],
            "agent_work_minutes": None if full is None else spent["new"] + spent["open"],
            "human_replies": human_replies,
            "reopens": len(life.reopened_at) if life.has_history or not life.is_solved else None,
            "is_one_touch": life.is_solved and human_replies == 1 and not life.reopened_at,
            "schedule_id": life.schedule_id,
        }  # fmt: skip

    def _spent(self, life: Life) -> dict[str, float]:
        """Minutes in each status up to the last solution."""
        spent: dict[str, float] = defaultdict(float)
        assert life.last_solved_at is not None
        for spell in life.spells:
            end = min(spell.end or life.last_solved_at, life.last_solved_at)
            if spell.start < end:
                spent[spell.status] += minutes(end - spell.start)
        return spent

    def fct_ticket_replies(self) -> dict[tuple[Any, ...], Row]:
        """One row per run of customer messages."""
        return {
            (name, run.number): {
                "waiting_since": run.since,
                "replied_at": run.replied_at,
                "is_answered": run.replied_at is not None,
                "wait_minutes": minutes(run.until - run.since),
                "wait_business_minutes": life.clock.minutes(run.since, run.until),
            }
            for name, life in self.lives.items()
            for run in life.runs
        }

    def fct_ticket_status_intervals(self) -> dict[tuple[Any, ...], Row]:
        """One row per ticket and status spell, numbered in order."""
        return {
            (name, position): {
                "status": spell.status,
                "started_at": spell.start,
                "ended_at": spell.end,
                "minutes": minutes((spell.end or self.settings.as_of) - spell.start),
                "business_minutes": life.clock.minutes(spell.start, spell.end or self.settings.as_of),
            }
            for name, life in self.lives.items()
            for position, spell in enumerate(life.spells, 1)
        }

    def fct_sla_outcomes(self) -> dict[tuple[Any, ...], Row]:
        """One row per ticket, SLA metric and occurrence that had a target."""
        rows = {}
        for name, life in self.lives.items():
            for metric, occurrence, outcome in self._sla(life):
                rows[name, metric, occurrence] = outcome
        return rows

    def _sla(self, life: Life) -> Iterator[tuple[str, int, Row]]:
        """Every clock of a ticket with its outcome (D43)."""
        for run in life.runs:
            metric, occurrence = ("first_reply", 1) if run.number == 1 else ("next_reply", run.number - 1)
            given_up = run.replied_at is None and not run.is_running
            row = self._outcome(life, metric, [(run.since, run.until)], run.replied_at, given_up=given_up)
            if row is not None:
                yield metric, occurrence, row
        if life.is_unknown_solution:
            return
        stopped_at = life.last_solved_at if life.is_solved else None
        end = stopped_at or self.settings.as_of
        counted = {"requester_wait": {"new", "open", "hold"}, "agent_work": {"new", "open"}}
        for metric in ("resolution", "requester_wait", "agent_work"):
            runs = [(life.created_at, end)]
            if metric != "resolution":
                runs = [
                    (spell.start, min(spell.end or end, end))
                    for spell in life.spells
                    if spell.status in counted[metric] and spell.start < min(spell.end or end, end)
                ]
            row = self._outcome(life, metric, runs, stopped_at)
            if row is not None:
                yield metric, 1, row

    def _outcome(
        self,
        life: Life,
        metric: str,
        runs: list[Interval],
        stopped_at: datetime | None,
        *,
        given_up: bool = False,
    ) -> Row | None:
        started_at = runs[0][0] if metric.endswith("reply") else life.created_at
        priority = [value for start, value in life.priorities if start <= started_at][-1]
        target = self._target(life, metric, priority, started_at)
        if target is None:
            return None
        elapsed = timedelta()
        # A clock that never ran has the schedule its ticket began with, or none.
        for start, end in runs or [(started_at, started_at)]:
            part = life.clock.time_open(start, end) if target.clock == "business" else end - start
            if part is None:
                return None
            elapsed += part
        over = elapsed > target.minutes * MINUTE
        if given_up and not over:
            return None
        outcome = "breached" if over else "running" if stopped_at is None else "met"
        if given_up:
            stopped_at = runs[-1][1]
        return {
            "policy_id": target.policy_id,
            "priority": priority,
            "target_minutes": target.minutes,
            "clock": target.clock,
            "started_at": started_at,
            "due_at": self._due_at(life, target, runs, stopped_at, started_at),
            "stopped_at": stopped_at,
            "elapsed_minutes": minutes(elapsed),
            "outcome": outcome,
        }

    def _due_at(
        self,
        life: Life,
        target: Target,
        runs: list[Interval],
        stopped_at: datetime | None,
        started_at: datetime,
    ) -> datetime | None:
        """Where the clock shows the target; a pausing one is taken to run on from its stop, or from as_of."""
        spans = [(started_at, FOREVER)]
        if target.metric in {"requester_wait", "agent_work"}:
            spans = [*runs, (stopped_at or self.settings.as_of, FOREVER)]
        if target.clock == "calendar":
            return reached_at(target.minutes, spans)

        def business() -> Iterator[Interval]:
            for start, end in spans:
                for opened, closed in life.clock.open_intervals(start):
                    if opened >= end:
                        break
                    yield opened, min(closed, end)

        return reached_at(target.minutes, business())

    def _target(self, life: Life, metric: str, priority: str | None, at: datetime) -> Target | None:
        local = self.settings.local_date(at)
        valid = [
            target
            for target in self.raw.targets
            if target.policy_id == life.ticket.sla_policy_id
            and target.metric == metric
            and target.priority in {priority, None}
            and target.valid_from <= local < target.valid_to
        ]
        return max(valid, key=lambda target: target.priority is not None, default=None)

    def fct_backlog_days(self) -> dict[tuple[Any, ...], Row]:
        """One row per open ticket and local day end."""
        return {
            (local_day, name): {"age_minutes": minutes(end - life.created_at)}
            for local_day, end in self._days()
            for name, life in self.lives.items()
            if is_open(life, end)
        }

    def _days(self) -> Iterator[tuple[date, datetime]]:
        """Full local days from the first ticket's, with their ends (D45)."""
        if not self.lives:
            return
        local = self.settings.local_date(min(life.created_at for life in self.lives.values()))
        while True:
            end = self.settings.day_end(local)
            if end > self.settings.as_of:
                return
            yield local, end
            local += timedelta(days=1)

    # KPIs

    def _breakdowns(
        self,
        rows: Iterable[tuple[Life, datetime, Any]],
        first: datetime,
        **own: Callable[[Any], str | None],
    ) -> Iterator[tuple[tuple[str, date, str, str], list[Any]]]:
        """Every period and breakdown with its rows; a null attribute is `unknown`."""
        cells: dict[tuple[str, date, str, str], list[Any]] = defaultdict(list)
        everything = self.settings.local_date(first).replace(day=1)
        for life, at, row in rows:
            local = self.settings.local_date(at)
            attributes = {**life.ticket.attributes, "segment": life.segment}
            periods = [
                ("month", local.replace(day=1)),
                ("quarter", local.replace(month=(local.month - 1) // 3 * 3 + 1, day=1)),
                ("year", local.replace(month=1, day=1)),
                ("all", everything),
            ]
            breakdowns = [("total", "total")]
            for dimension in TICKET_DIMENSIONS:
                value = own[dimension](row) if dimension in own else attributes[dimension]
                breakdowns.append((dimension, value or "unknown"))
            for grain, start in periods:
                for dimension, value in breakdowns:
                    cells[grain, start, dimension, value].append(row)
        yield from cells.items()

    def _status(self, grain: str, start: date, base: int, *, estimable: bool = True) -> str:
        """The publish status (D5)."""
        if base < self.settings.min_base_publish:
            return "suppressed"
        if not estimable:
            return "not_estimable"
        if grain != "all":
            months = {"month": 1, "quarter": 3, "year": 12}[grain]
            year, month = divmod(start.month - 1 + months, 12)
            end = datetime(start.year + year, month + 1, 1)
            if wall_to_utc(end, self.settings.reporting_zone) > self.settings.as_of:
                return "immature"
        return "low_base" if base < self.settings.min_base_reliable else "ok"

    def kpi_response_times(self) -> dict[tuple[Any, ...], Row]:
        """Kaplan-Meier answers for every wait, clock, cohort and breakdown (D44)."""
        rows: dict[tuple[Any, ...], Row] = {}
        first = min((life.created_at for life in self.lives.values()), default=self.settings.as_of)
        for wait in WAITS:
            for clock in ("calendar", "business"):
                waits = [
                    (life, at, (length, happened))
                    for life in self.lives.values()
                    for at, length, happened in self._waits(life, wait, clock)
                ]
                for (grain, start, dimension, value), cell in self._breakdowns(waits, first):
                    rows[wait, clock, grain, start, dimension, value] = self._curve(grain, start, cell)
        return rows

    def _waits(self, life: Life, wait: str, clock: str) -> Iterator[tuple[datetime, float, bool]]:
        """Clocks of one kind: cohort instant, length, whether it ended."""
        spans: list[tuple[datetime, datetime, datetime, bool]] = []
        as_of, created_at = self.settings.as_of, life.created_at
        if wait == "first_reply":
            spans = [(created_at, r.since, r.until, bool(r.replied_at)) for r in life.runs if r.number == 1]
        elif wait == "next_reply":
            spans = [(r.since, r.since, r.until, bool(r.replied_at)) for r in life.runs if r.number > 1]
        elif wait == "any_reply":
            if life.first_any is not None:
                spans = [(created_at, created_at, max(life.first_any, created_at), True)]
            elif not life.is_any_void and not life.is_unknown_closure:
                spans = [(created_at, created_at, self._censored(life, created_at)[0], False)]
        elif not life.is_unknown_solution:
            solved_at = life.solved_at[0] if life.solved_at else None
            if wait == "full_resolution":
                solved_at = life.last_solved_at if life.is_solved else None
            spans = [(created_at, created_at, max(solved_at or as_of, created_at), bool(solved_at))]
        for cohort, start, end, happened in spans:
            length = life.clock.minutes(start, end) if clock == "business" else minutes(end - start)
            if length is not None:
                yield cohort, length, happened

    def _curve(self, grain: str, start: date, cell: list[tuple[float, bool]]) -> Row:
        base = len(cell)
        steps = kaplan_meier(cell)
        ended = [length for length, happened in cell if happened]
        median = first_below([(t, s) for t, s, _, _ in steps], 0.5)
        shown = base >= self.settings.min_base_publish
        p90 = shown and base >= self.settings.min_base_p90
        return {
            "tickets": base,
            "base": base,
            "answered": len(ended),
            "answered_share": len(ended) / base if shown else None,
            "median_minutes": median if shown else None,
            "median_ci_low": first_below([(t, low) for t, _, low, _ in steps], 0.5) if shown else None,
            "median_ci_high": first_below([(t, high) for t, _, _, high in steps], 0.5) if shown else None,
            "p75_minutes": first_below([(t, s) for t, s, _, _ in steps], 0.25) if shown else None,
            "p90_minutes": first_below([(t, s) for t, s, _, _ in steps], 0.1) if p90 else None,
            "mean_answered_minutes": math.fsum(ended) / len(ended) if shown and ended else None,
            "restricted_mean_minutes": self._restricted_mean(steps) if shown else None,
            "publish_status": self._status(grain, start, base, estimable=median is not None),
        }

    def _restricted_mean(self, steps: Sequence[tuple[float, float, float | None, float | None]]) -> float:
        tau, area, before, survival = self.settings.rmst_tau_minutes, 0.0, 0.0, 1.0
        for length, after, _, _ in steps:
            if length >= tau:
                break
            area += survival * (length - before)
            before, survival = length, after
        return area + survival * (tau - before)

    def kpi_sla(self) -> dict[tuple[Any, ...], Row]:
        """Attainment by due period; `all` is every metric together."""
        outcomes = [
            (self.lives[name], row["due_at"], (metric, row))
            for (name, metric, _), row in self.fct_sla_outcomes().items()
            if row["due_at"] is not None
        ]
        rows: dict[tuple[Any, ...], Row] = {}
        first = min((at for _, at, _ in outcomes), default=self.settings.as_of)
        for metric in sorted({metric for _, _, (metric, _) in outcomes} | {"all"}):
            chosen = [(life, at, row) for life, at, (name, row) in outcomes if metric in (name, "all")]
            cells = self._breakdowns(chosen, first, priority=lambda row: row["priority"])
            for (grain, start, dimension, value), cell in cells:
                due = [row for row in cell if row["due_at"] <= self.settings.as_of]
                met = sum(row["outcome"] == "met" for row in due)
                breached = sum(row["outcome"] == "breached" for row in due)
                running = sum(row["outcome"] == "running" for row in cell)
                base = met + breached
                if not base and not running:
                    continue
                shown = base >= self.settings.min_base_publish
                rows[metric, grain, start, dimension, value] = {
                    "met": met,
                    "breached": breached,
                    "running": running,
                    "base": base,
                    **share(("attainment", "ci_low", "ci_high"), met, base, shown=shown),
                    "publish_status": self._status(grain, start, base),
                }
        return rows

    def kpi_support_quality(self) -> dict[tuple[Any, ...], Row]:
        """First contact resolution, one touch and reopening by period of the first solution (§4.5)."""
        solved = [(life, life.solved_at[0], life) for life in self.lives.values() if life.solved_at]
        first = min((at for _, at, _ in solved), default=self.settings.as_of)
        fcr, reopening = (
            timedelta(days=days) for days in (self.settings.fcr_window_days, self.settings.reopen_window_days)
        )
        rows = {}
        for (grain, start, dimension, value), cell in self._breakdowns(solved, first):
            mature = [life for life in cell if life.solved_at[0] + fcr <= self.settings.as_of]
            seasoned = [life for life in cell if life.solved_at[0] + reopening <= self.settings.as_of]
            resolved = sum(not reopened_within(x, fcr) and not self._recontact(x, fcr) for x in mature)
            replies = {id(x): self._ticket_row(x)["human_replies"] for x in mature}
            one_touch = sum(replies[id(x)] == 1 and not reopened_within(x, fcr) for x in mature)
            reopened = sum(reopened_within(life, reopening) for life in seasoned)
            zero_touch = sum(replies[id(x)] == 0 and not reopened_within(x, fcr) for x in mature)
            base = len(mature)
            shown = base >= self.settings.min_base_publish
            names = ("first_contact_resolution", "one_touch", "zero_touch", "reopen")
            counts = ((resolved, base), (one_touch, base), (zero_touch, base), (reopened, len(seasoned)))
            row: Row = {
                "solved_in_period": len(cell), "solved": base, "base": base,
                "first_contact_resolved": resolved, "one_touch": one_touch, "zero_touch": zero_touch,
                "reopen_base": len(seasoned), "reopened": reopened,
                "publish_status": self._status(grain, start, base),
            }  # fmt: skip
            for name, (hits, total) in zip(names, counts, strict=True):
                columns = (f"{name}_rate", f"{name}_ci_low", f"{name}_ci_high")
                row |= share(columns, hits, total, shown=shown and total >= self.settings.min_base_publish)
            rows[grain, start, dimension, value] = row
        return rows

    def _recontact(self, life: Life, window: timedelta) -> bool:
        """True if the customer came back on the same topic within the window after the solution."""
        customer, topic = life.ticket.customer_id, life.ticket.attributes["topic"]
        return customer is not None and any(
            other is not life
            and other.ticket.customer_id == customer
            and other.ticket.attributes["topic"] == topic
            and life.solved_at[0] < other.created_at <= life.solved_at[0] + window
            for other in self.lives.values()
        )

    def kpi_backlog(self) -> dict[tuple[Any, ...], Row]:
        """One total row per local day, and one per team and priority that has open tickets (D45)."""
        rows: dict[tuple[Any, ...], Row] = {}
        for local_day, end in self._days():
            cells: dict[tuple[str, str], list[float]] = {("total", "total"): []}
            for life in self.lives.values():
                if is_open(life, end):
                    age = minutes(end - life.created_at)
                    cells["total", "total"].append(age)
                    for dimension in ("team", "priority"):
                        value = life.ticket.attributes[dimension] or "unknown"
                        cells.setdefault((dimension, value), []).append(age)
            for cell, ages in cells.items():
                rows[(local_day, *cell)] = self._backlog_row(ages)
        return rows

    def _backlog_row(self, ages: list[float]) -> Row:
        base, days = len(ages), [age / 1440 for age in ages]
        return {
            "open_tickets": base,
            "base": base,
            "median_age_minutes": quantile(ages, 0.5) if base >= self.settings.min_base_publish else None,
            "p90_age_minutes": quantile(ages, 0.9) if base >= self.settings.min_base_p90 else None,
            "oldest_age_minutes": max(ages) if base >= self.settings.min_base_publish else None,
            "publish_status": self._status("all", date.min, base),
            "open_below_1_day": sum(age < 1 for age in days),
            "open_1_to_3_days": sum(1 <= age < 3 for age in days),
            "open_3_to_7_days": sum(3 <= age < 7 for age in days),
            "open_7_to_30_days": sum(7 <= age < 30 for age in days),
            "open_30_days_and_more": sum(age >= 30 for age in days),
        }


def in_order(messages: Iterable[Message]) -> list[Message]:
    """Messages as they were sent."""
    return sorted(messages, key=lambda message: (message.at, message.message_id))


def collapsed(messages: Iterable[Message]) -> list[Message]:
    """Messages of one ticket without those a channel delivered again within a minute (D33)."""
    kept, latest = [], {}
    for message in in_order(messages):
        key = (message.author, message.author_id, message.is_public, message.body)
        again = key in latest and message.at - latest[key] <= timedelta(seconds=60)
        if message.body is None or not again:
            kept.append(message)
        latest[key] = message.at
    return kept


def status_history(
    ticket: Ticket, changes: Sequence[tuple[datetime, str | None]], created_at: datetime
) -> tuple[list[Spell], list[datetime], list[datetime]]:
    """Spells from creation, moments of solution and of reopening (D38).

    A closed ticket without a history has none (D39). What happened more than two seconds before creation only
    says in which status the ticket began.
    """
    if not changes:
        closed = ticket.status in SOLVED
        return ([] if closed else [Spell(ticket.status, created_at, None)]), [], []
    entered, solved_at, reopened_at = [(created_at, str(changes[0][1]))], [], []
    is_first = True
    for at, status in changes[1:]:
        before, since = entered[-1][1], max(at, created_at)
        if status == before:
            is_first = (
                is_first and at < created_at - SKEW
            )  # The helpdesk says that it was in its first status.
            continue
        if at < created_at - SKEW:
            entered = [(created_at, str(status))]
            continue
        if status in SOLVED and before not in SOLVED:
            solved_at.append(since)
        if status not in SOLVED and before in SOLVED:
            reopened_at.append(since)
        if is_first and since == created_at:
            entered = []  # The ticket was never in its first status for any time.
        is_first = False
        entered.append((since, str(status)))
    ends = [since for since, _ in entered[1:]] + [None]
    return (
        [Spell(status, since, end) for (since, status), end in zip(entered, ends, strict=True)],
        solved_at,
        reopened_at,
    )


def measured(name: str, life: Life, start: datetime, stop: datetime | None) -> Row:
    """A duration in calendar and in business minutes; never below zero."""
    end = None if stop is None else max(stop, start)
    return {
        f"{name}_minutes": None if end is None else minutes(end - start),
        f"{name}_business_minutes": None if end is None else life.clock.minutes(start, end),
    }


def is_open(life: Life, at: datetime) -> bool:
    """True if a spell of an unsolved status covers the instant."""
    return any(
        spell.status not in SOLVED and spell.start <= at and (spell.end is None or at < spell.end)
        for spell in life.spells
    )


def reopened_within(life: Life, window: timedelta) -> bool:
    """True if the first solution was taken back within the window."""
    return any(life.solved_at[0] <= at <= life.solved_at[0] + window for at in life.reopened_at)


# Statistics -----------------------------------------------------------------------------------------


def kaplan_meier(
    waits: Sequence[tuple[float, bool]],
) -> list[tuple[float, float, float | None, float | None]]:
    """Steps of the curve: instant, survival and its log-log band; none where survival is 0 or 1 (§3.6)."""
    steps, survival, greenwood = [], 1.0, 0.0
    for length in sorted({length for length, happened in waits if happened}):
        at_risk = sum(other >= length for other, _ in waits)
        events = sum(other == length and happened for other, happened in waits)
        survival *= 1 - events / at_risk
        low = high = None
        if events < at_risk:
            greenwood += events / (at_risk * (at_risk - events))
            spread = Z * math.sqrt(greenwood) / math.log(survival)
            low, high = sorted(survival ** math.exp(sign * spread) for sign in (1, -1))
        steps.append((length, survival, low, high))
    return steps


def first_below(steps: Iterable[tuple[float, float | None]], level: float) -> float | None:
    """The smallest instant at which a curve is at or below a level."""
    return next((t for t, s in steps if s is not None and s <= level + 1e-9), None)


def quantile(values: Sequence[float], share_below: float) -> float:
    """Linear interpolation between the two neighbours (Hyndman-Fan 7)."""
    ordered = sorted(values)
    position = share_below * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])


def share(names: tuple[str, str, str], hits: int, base: int, *, shown: bool) -> Row:
    """A share and its Wilson interval (T1); null where it is not shown."""
    if not shown:
        return dict.fromkeys(names)
    p, square = hits / base, Z * Z
    centre = (p + square / (2 * base)) / (1 + square / base)
    half = Z * math.sqrt(p * (1 - p) / base + square / (4 * base * base)) / (1 + square / base)
    return dict(zip(names, (p, centre - half, centre + half), strict=True))
