"""A helpdesk whose raw rows hold everything that can go wrong, from a seed."""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from oracle_service import Settings
from raw_folder import RawFolder

# Both hemispheres, odd offsets, half-hour savings, and zones that change their clocks at midnight.
ZONES = [
    "Europe/Vilnius", "America/New_York", "Australia/Sydney", "Australia/Lord_Howe", "America/Santiago",
    "Asia/Kolkata", "Pacific/Auckland", "America/St_Johns", "UTC", "Africa/Cairo", "Asia/Beirut",
]  # fmt: skip
REPORTING_ZONES = ["UTC", "Europe/Vilnius", "America/New_York", "Pacific/Auckland", "America/Santiago"]
STATUSES = ["new", "open", "pending", "hold", "solved", "closed"]
PRIORITIES = ["low", "normal", "high", None]
METRICS = ["first_reply", "next_reply", "resolution", "requester_wait", "agent_work"]
BODIES = ["Hello", "Thank you", "Any news?", None]
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def nasty_settings(rng: random.Random) -> Settings:
    """Variables of a build: where it stands in the year decides which clock changes it meets."""
    as_of = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(300 * 86400))
    if rng.random() < 0.3:
        as_of = as_of.replace(hour=0, minute=0, second=0)
    return Settings(
        as_of=as_of,
        source_zone=ZoneInfo(rng.choice(ZONES)),
        reporting_zone=ZoneInfo(rng.choice(REPORTING_ZONES)),
        default_schedule=rng.choice([None, "S1", "S9"]),
    )


class NastyHelpdesk:
    """Raw rows of some hundred tickets."""

    def __init__(self, rng: random.Random, settings: Settings, tickets: int = 400) -> None:
        """Write all rows."""
        self.rng, self.settings, self.raw = rng, settings, RawFolder()
        self.first_day = settings.as_of - 140 * DAY
        self.messages: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.schedules = ["S1"] if rng.random() < 0.2 else ["S1", "S2", "S3", "S4"]
        self._people()
        for name in self.schedules:
            self._schedule(name)
        self._holidays()
        self._targets()
        names = [f"T{number:03}" for number in range(tickets)]
        for name in names:
            self._ticket(name, names)
        for table, key, rows in (
            ("ticket_messages", "message_id", self.messages),
            ("ticket_events", "event_id", self.events),
        ):
            rng.shuffle(rows)
            for number, row in enumerate(rows):
                self.raw.add("helpdesk", table, **{key: f"{key[0]}{number:06}", **row})

    def chance(self, share: float) -> bool:
        """True with this probability."""
        return self.rng.random() < share

    def written(self, at: datetime) -> str:
        """An instant the way some system exports it: with an offset, or naive in the source zone."""
        kind = self.rng.randrange(4)
        if kind == 0:
            return at.astimezone(self.settings.source_zone).replace(tzinfo=None).isoformat(sep=" ")
        if kind == 1:
            return at.astimezone(ZoneInfo(self.rng.choice(ZONES))).isoformat()
        return at.isoformat().replace("+00:00", "Z")

    def later(self, at: datetime) -> datetime:
        """Some time later: at once, seconds, minutes, hours or days."""
        if self.chance(0.08):
            return at
        return at + timedelta(seconds=int(10 ** self.rng.uniform(0.3, 5.9)))

    def _people(self) -> None:
        for number in range(30):
            row = {"customer_id": f"C{number}", "segment": self.rng.choice(["large", "small", None])}
            self.raw.add("crm", "customers", **row, is_test="yes" if number < 2 else None, updated_at=None)
        # A newer row makes a customer a test, and an older one does not.
        self.raw.add("crm", "customers", customer_id="C2", is_test="true", updated_at="2025-06-01")
        self.raw.add("crm", "customers", customer_id="C3", segment="large", updated_at="2025-06-02")
        self.raw.add("crm", "customers", customer_id="C3", is_test="true", updated_at="2025-06-01")
        for name, role in (("A1", "agent"), ("A2", "manager"), ("robot", "bot"), ("rule", "system")):
            self.raw.add("crm", "employees", employee_id=name, role=role)

    def _random_date(self) -> date:
        return (self.first_day + timedelta(days=self.rng.randrange(150))).date()

    def _schedule(self, name: str) -> None:
        """Up to three versions of a week with whole days, split shifts and the halves of night shifts."""
        zone = "Mars/Olympus" if name == "S4" and self.chance(0.5) else self.rng.choice(ZONES)
        cuts = sorted({self._random_date() for _ in range(self.rng.randrange(3))})
        for start, end in pairwise([None, *cuts, None]):
            for weekday in range(1, 8):
                if self.chance(0.75):
                    for opens, closes in self._windows():
                        self.raw.add(
                            "helpdesk", "schedules", schedule_id=name, time_zone=zone, weekday=weekday,
                            opens_minute=opens, closes_minute=closes, valid_from=start, valid_to=end,
                        )  # fmt: skip

    def _windows(self) -> list[tuple[int, int]]:
        """Opening minutes of one day; some edges lie in the hour that clock changes skip or repeat."""
        a, b, c, d = sorted(self.rng.sample(range(200, 1440), 4))
        weeks = [
            [(540, 1080)], [(a, d)], [(a, b), (c, d)], [(0, a), (d, 1440)], [(0, 1440)],
            [(0, 150), (b, d)], [(30, 195), (195, c)], [(15, 1430)],
        ]  # fmt: skip
        return self.rng.choice(weeks)

    def _holidays(self) -> None:
        taken = set()
        for _ in range(25):
            key = (self.rng.choice([None, *self.schedules]), self._random_date())
            if key not in taken:
                taken.add(key)
                opens, closes = self.rng.choice([
                    (None, None), (0, 720), (None, 720), (600, 900), (1200, 1440), (1200, None),
                ])  # fmt: skip
                self.raw.add(
                    "helpdesk", "holidays", schedule_id=key[0], holiday_date=key[1], opens_minute=opens,
                    closes_minute=closes,
                )  # fmt: skip

    def _targets(self) -> None:
        for policy in ("P1", "P2"):
            for metric in METRICS:
                for priority in PRIORITIES:
                    if self.chance(0.3):
                        continue
                    cut = self._random_date() if self.chance(0.4) else None
                    for start, end in pairwise([None, cut, None] if cut else [None, None]):
                        self.raw.add(
                            "helpdesk", "sla_targets", policy_id=policy, metric=metric, priority=priority,
                            target_minutes=self.rng.choice([1, 30, 60, 480, 1440, 4320]),
                            clock=self.rng.choice(["business", "calendar"]), valid_from=start, valid_to=end,
                        )  # fmt: skip

    def _ticket(self, name: str, names: list[str]) -> None:
        rng = self.rng
        created_at = self.first_day + timedelta(seconds=rng.randrange(140 * 86400))
        if self.chance(0.1):
            created_at += timedelta(milliseconds=rng.randrange(1000))
        if self.chance(0.02):
            created_at = self.settings.as_of + timedelta(hours=rng.choice([3, 40]))
        row: dict[str, Any] = {
            "ticket_id": name,
            "customer_id": rng.choice([*(f"C{number}" for number in range(30)), "C999", None]),
            "created_at": self.written(created_at),
            "created_by": rng.choice(["customer", None, "customer", "agent", "bot", "system"])
            if self.chance(0.3)
            else None,
            "channel": rng.choice(["email", "chat", None]),
            "topic": rng.choice(["billing", "delivery", None]),
            "priority": rng.choice(PRIORITIES),
            "team": rng.choice(["north", "south", None]),
            "office": rng.choice(["Riga", None]),
            "assignee_id": rng.choice(["A1", None]),
            "schedule_id": rng.choice([*self.schedules, *self.schedules, None, "nowhere"]),
            "sla_policy_id": rng.choice(["P1", "P2", "P2", None]),
            "is_spam": "true" if self.chance(0.03) else None,
            "is_test": "1" if self.chance(0.03) else None,
            "merged_into_ticket_id": None,
            "updated_at": None,
        }
        if self.chance(0.12):
            row["merged_into_ticket_id"] = rng.choice([*rng.sample(names, 6), name, "T-unknown"])
        self._conversation(name, created_at)
        row["status"] = self._status_events(name, created_at) or rng.choice(STATUSES)
        row["priority"] = self._changes(name, created_at, "priority", PRIORITIES, row["priority"])
        schedules = [*self.schedules, *self.schedules, None, "nowhere"]
        row["schedule_id"] = self._changes(name, created_at, "schedule", schedules, row["schedule_id"])
        if self.chance(0.1):
            self._event(name, self.later(created_at), "team", "south", "north")
        if self.chance(0.06):
            stale = {**row, "created_at": self.written(created_at - DAY), "topic": "stale"}
            self.raw.add("helpdesk", "tickets", **{**stale, "updated_at": rng.choice([None, "2025-01-01"])})
            row["updated_at"] = self.written(created_at)
        self.raw.add("helpdesk", "tickets", **row)

    def _message(self, ticket: str, at: datetime, author_type: str, **columns: Any) -> None:
        """One message; what would happen after as_of mostly has not happened."""
        if at > self.settings.as_of and self.chance(0.9):
            return
        author_id = {"agent": ["A1", "A2", "A1", "robot", "rule", None], "bot": ["robot", None]}
        row = {
            "ticket_id": ticket,
            "sent_at": self.written(at),
            "author_type": author_type,
            "author_id": self.rng.choice(author_id.get(author_type, [None])),
            "is_public": self.rng.choice([None, "true", "t", "1", None, None, None, "false"]),
            "is_automated": self.rng.choice([None, "no", "0", None, None, None, None, "yes"]),
            "body": self.rng.choice(BODIES),
        } | columns
        self.messages.append(row)
        if self.chance(0.08):
            for gap in self.rng.choice([(30,), (60,), (61,), (40, 40), (0,)]):
                at += gap * SECOND
                self.messages.append({**row, "sent_at": self.written(at)})

    def _conversation(self, ticket: str, created_at: datetime) -> None:
        if self.chance(0.1):
            return
        if self.chance(0.15):
            early = self.rng.choice([1, 2, 3, 60, 900])
            author = self.rng.choice(["agent", "agent", "bot", "customer"])
            self._message(ticket, created_at - early * SECOND, author)
        at = created_at
        if self.chance(0.7):
            self._message(ticket, at, "customer")
        for _ in range(self.rng.randrange(8)):
            at = self.later(at)
            author = self.rng.choice(["customer", "customer", "agent", "agent", "bot", "system"])
            self._message(ticket, at, author)

    def _event(self, ticket: str, at: datetime, field: str, old: Any, new: Any) -> None:
        self.events.append(
            {
                "ticket_id": ticket,
                "occurred_at": self.written(at),
                "sequence": self.rng.choice([None, None, 1, 2, 3, 10]),
                "field": field,
                "old_value": old,
                "new_value": new,
            }
        )

    def _status_events(self, ticket: str, created_at: datetime) -> str | None:
        """A random walk through the statuses; gives the last one that has happened."""
        if self.chance(0.15):
            return None
        rng = self.rng
        if self.chance(0.15):
            return self._bot_solves(ticket, created_at)
        status = rng.choice(["new", "new", "open", "pending", "solved"])
        at, last, old = created_at, None, rng.choice([None, status])
        for _ in range(rng.choice([1, 2, 3, 3, 4, 6, 8])):
            at = self.later(at)
            if at > self.settings.as_of and self.chance(0.9):
                break
            status = rng.choice(STATUSES)
            self._event(ticket, at, "status", old, status)
            old, last = status, status
        return last

    def _bot_solves(self, ticket: str, created_at: datetime) -> str | None:
        """A bot answers and solves; the customer comes back once or twice, and then a person may answer."""
        solved_at = self.later(created_at + SECOND)
        self._message(ticket, created_at + SECOND, "bot", author_id="robot", is_public=None)
        status, last, at = "new", None, solved_at
        for new in self.rng.choice([["solved"], ["solved", "open"], ["solved", "open", "closed", "open"]]):
            if at > self.settings.as_of:
                break
            self._event(ticket, at, "status", status, new)
            status = last = new
            if self.chance(0.3):
                self._message(ticket, at, "agent", author_id="A1")
            at = self.later(at)
        if self.chance(0.7):
            self._message(ticket, at, "agent", author_id="A1")
        return last

    def _changes(
        self, ticket: str, created_at: datetime, field: str, values: list[Any], current: Any
    ) -> str | None:
        """Changes of a field, which lead to its value today."""
        if self.chance(0.75):
            return str(current) if current is not None else None
        old, at = self.rng.choice(values), created_at
        for _ in range(self.rng.choice([1, 2])):
            if self.chance(0.9):
                at = self.later(at)
            if at > self.settings.as_of:
                break
            new = self.rng.choice(values)
            self._event(ticket, at, field, old, new)
            old = new
        return str(old) if old is not None else None
