"""What CLARIFICATIONS D30 to D43 make of raw tickets, walked ticket by ticket, independent of the SQL."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Row = dict[str, Any]
CLOSED = {"solved", "closed"}
SKEW = timedelta(seconds=2)
# The statuses in which a pausing SLA clock runs.
PAUSING = {"requester_wait": {"new", "open", "hold"}, "agent_work": {"new", "open"}}
# Business minutes of a schedule between two instants; None where there are no opening hours.
Walk = Callable[[str | None, datetime, datetime], float | None]


def minutes(start: datetime, stop: datetime) -> float:
    """Calendar minutes, never negative."""
    return max(0.0, (stop - start).total_seconds() / 60)


@dataclass
class Life:
    """A ticket in scope: what it is measured by."""

    ticket: Row
    created_at: datetime
    as_of: datetime
    messages: list[tuple[datetime, str, str]]
    spells: list[tuple[str, datetime]]
    solved_at: list[datetime]
    reopened_at: list[datetime]
    schedules: list[tuple[datetime, str | None]]
    priorities: list[tuple[datetime, str | None]]
    has_history: bool
    is_moved: bool
    walk: Walk
    runs: list[Row] = field(default_factory=list)

    @property
    def is_solved(self) -> bool:
        """Solved or closed at as_of."""
        return (self.spells[-1][0] if self.spells else self.ticket["status"]) in CLOSED

    def first(self, kinds: Iterable[str]) -> datetime | None:
        """The first message of one of these kinds of author."""
        return next((sent_at for sent_at, kind, _ in self.messages if kind in kinds), None)

    def is_void(self, reply: datetime | None) -> bool:
        """More than two seconds before the ticket was created (D34)."""
        return reply is not None and reply < self.created_at - SKEW

    def business(self, start: datetime, stop: datetime) -> float | None:
        """Business minutes, each part of the life by its own schedule (D41)."""
        total = 0.0
        if stop <= start:
            in_force = [schedule for since, schedule in self.schedules if since <= start][-1]
            is_measured = self.walk(in_force, start, start) is not None
            # No time at all passes without a schedule where a ticket is moved out of one at that instant.
            return 0.0 if is_measured or self.is_moved else None
        ends = [at for at, _ in self.schedules[1:]] + [datetime.max.replace(tzinfo=start.tzinfo)]
        for (since, schedule), until in zip(self.schedules, ends, strict=True):
            low, high = max(since, start), min(until, stop)
            if low < high:
                part = self.walk(schedule, low, high)
                if part is None:
                    return None
                total += part
        return total

    def human_clock(self) -> datetime:
        """Where the wait for a person starts (D35)."""
        human, bot = self.first({"human"}), self.first({"bot"})
        first_solved = min(self.solved_at, default=None)
        if bot is None or first_solved is None or bot >= first_solved:
            return self.created_at
        if human is not None and human < first_solved:
            return self.created_at
        reopened = [at for at in self.reopened_at if human is None or at < human]
        return max(reopened, default=self.created_at)

    def waiting_runs(self) -> list[Row]:
        """Runs of customer messages and how long each waited (D37)."""
        human = self.first({"human"})
        if self.is_void(human):
            return []
        found: list[tuple[datetime, datetime | None]] = [(self.human_clock(), human)]
        kinds = [kind for _, kind, _ in self.messages]
        after_reply = self.messages[kinds.index("human") + 1 :] if human else []
        for sent_at, kind, _ in after_reply:
            is_waiting = found[-1][1] is None
            if kind == "customer" and not is_waiting:
                found.append((sent_at, None))
            elif kind == "human" and is_waiting:
                found[-1] = (found[-1][0], sent_at)
        runs = []
        for number, (since, replied) in enumerate(found, 1):
            if replied is None and self.is_solved and not self.has_history:
                continue
            last = max(self.solved_at, default=None)
            until = replied or (last if self.is_solved and last and last > since else self.as_of)
            runs.append({
                "run_number": number, "waiting_since": since, "replied_at": replied, "until": until,
                "wait_minutes": minutes(since, until), "wait_business_minutes": self.business(since, until),
            })  # fmt: skip
        return runs

    def spent(self, statuses: set[str], clock: str, until: datetime | None = None) -> float | None:
        """Minutes in some statuses up to as_of, or to an earlier instant."""
        total, stop_at = 0.0, until or self.as_of
        ends = [at for _, at in self.spells[1:]] + [self.as_of]
        for (status, start), end in zip(self.spells, ends, strict=True):
            end = min(end, stop_at)
            if status in statuses and start < end:
                part = minutes(start, end) if clock == "calendar" else self.business(start, end)
                if part is None:
                    return None
                total += part
        return total

    def fact(self) -> Row:
        """The columns of fct_tickets that are checked."""
        human, reply = self.first({"human"}), self.first({"human", "bot"})
        void, any_void = self.is_void(human), self.is_void(reply)
        run = next((run for run in self.runs if run["run_number"] == 1 and run["replied_at"]), None)
        first, last = min(self.solved_at, default=None), max(self.solved_at, default=None)
        done = self.is_solved and self.has_history
        outcome = "answered" if human else "closed_without_reply" if self.is_solved else "waiting"
        return {
            "created_at": self.created_at,
            "reply_outcome": None if void else outcome,
            "first_human_reply_at": None if void else human,
            "first_reply_at": None if any_void else reply,
            "first_reply_minutes": run and run["wait_minutes"],
            "first_reply_business_minutes": run and run["wait_business_minutes"],
            "first_any_reply_minutes": None if any_void or not reply else minutes(self.created_at, reply),
            "first_any_reply_business_minutes": (
                None if any_void or not reply else self.business(self.created_at, reply)
            ),
            "is_solved": self.is_solved,
            "first_solved_at": first,
            "last_solved_at": last,
            "first_resolution_minutes": first and minutes(self.created_at, first),
            "first_resolution_business_minutes": first and self.business(self.created_at, first),
            "full_resolution_minutes": minutes(self.created_at, last) if done and last else None,
            "active_resolution_minutes": (
                self.spent({"new", "open", "hold", "pending"}, "calendar") if done else None
            ),
            "requester_wait_minutes": self.spent({"new", "open", "hold"}, "calendar") if done else None,
            "agent_wait_minutes": self.spent({"pending"}, "calendar") if done else None,
            "on_hold_minutes": self.spent({"hold"}, "calendar") if done else None,
            "agent_work_minutes": self.spent({"new", "open"}, "calendar") if done else None,
            "human_replies": sum(
                kind == "human" and sent_at >= self.created_at - SKEW for sent_at, kind, _ in self.messages
            ),
            "reopens": len(self.reopened_at) if self.spells else None,
            "schedule_id": self.schedules[-1][1],
        }

    def promises(self, targets: list[Row]) -> list[Row]:
        """The SLA clocks that had a target when they started (D43)."""
        clocks: list[Row] = [
            {
                "metric": "first_reply" if run["run_number"] == 1 else "next_reply",
                "occurrence": max(1, run["run_number"] - 1),
                "start": run["waiting_since"], "stop": run["replied_at"],
                "calendar": run["wait_minutes"], "business": run["wait_business_minutes"],
                "is_closed": self.is_solved and run["replied_at"] is None,
            }
            for run in self.runs
        ]  # fmt: skip
        last = max(self.solved_at, default=None)
        if self.spells and (not self.is_solved or last):
            stop = last if self.is_solved else None
            until = stop or self.as_of
            whole = {"start": self.created_at, "stop": stop, "occurrence": 1, "is_closed": False}
            clocks.append({
                **whole, "metric": "resolution", "calendar": minutes(self.created_at, until),
                "business": self.business(self.created_at, until),
            })  # fmt: skip
            for metric, statuses in PAUSING.items():
                spent = {clock: self.spent(statuses, clock) for clock in ("calendar", "business")}
                clocks.append({**whole, "metric": metric, **spent})
        promised = []
        for clock in clocks:
            at = bisect_right([since for since, _ in self.priorities], clock["start"]) - 1
            priority = self.priorities[at][1]
            target = target_in_force(targets, self.ticket["sla_policy_id"], clock, priority)
            elapsed = target and clock[target["clock"]]
            if target is None or elapsed is None:
                continue
            over = elapsed > target["target_minutes"]
            if clock["is_closed"] and not over:
                continue
            outcome = "breached" if over else "met" if clock["stop"] else "running"
            promised.append({
                "metric": clock["metric"], "occurrence": clock["occurrence"], "priority": priority,
                "target_minutes": target["target_minutes"], "clock": target["clock"], "start": clock["start"],
                "elapsed_minutes": elapsed, "outcome": outcome, "until": clock["stop"] or self.as_of,
            })  # fmt: skip
        return promised


def target_in_force(targets: list[Row], policy: str | None, clock: Row, priority: str | None) -> Row | None:
    """The newest row valid on the day the clock started; one for the priority beats one for all."""
    day = clock["start"].date()
    valid = [
        target for target in targets
        if target["policy_id"] == policy and target["metric"] == clock["metric"]
        and (target["valid_from"] is None or target["valid_from"] <= day)
        and (target["valid_to"] is None or day < target["valid_to"])
    ]  # fmt: skip
    for wanted in ([priority] if priority else []) + [None]:
        rows = [target for target in valid if target["priority"] == wanted]
        if rows:
            return max(rows, key=lambda target: str(target["valid_from"] or ""))
    return None


def in_order(events: list[Row]) -> list[Row]:
    """Events of one field as METRICS §13 rule 25 orders them."""
    return sorted(
        events,
        key=lambda e: (e["occurred_at"], -1 if e["sequence"] is None else e["sequence"], e["event_id"]),
    )


def once(messages: list[Row], bots: set[str]) -> list[tuple[datetime, str, str]]:
    """Messages that count: public, delivered once (D33), by a customer, a person or a bot (D32)."""
    said: dict[tuple[str, str, str], datetime] = {}
    kept = []
    for message in sorted(messages, key=lambda m: (m["sent_at"], m["message_id"])):
        if not message["is_public"]:
            continue
        key = (message["ticket_id"], message["author_id"] or message["author_type"], message["body"] or "")
        before = said.get(key) if message["body"] else None
        said[key] = message["sent_at"]
        if before is not None and message["sent_at"] - before <= timedelta(seconds=60):
            continue
        kind = "bot" if message["author_id"] in bots else message["author_type"]
        if not message["is_automated"] and kind != "system":
            kept.append((message["sent_at"], "human" if kind == "agent" else kind, message["message_id"]))
    return sorted(kept, key=lambda m: (m[0], m[2]))


def lives(
    tickets: list[Row], messages: list[Row], events: list[Row], bots: set[str], as_of: datetime, walk: Walk
) -> dict[str, Life]:
    """Every ticket in scope by its key."""
    by_id = {ticket["ticket_id"]: ticket for ticket in tickets}

    def root(ticket: Row) -> Row:
        while ticket["merged_into_ticket_id"]:
            ticket = by_id[ticket["merged_into_ticket_id"]]
        return ticket

    lent: dict[str, list[Row]] = defaultdict(list)
    for ticket in tickets:
        if ticket["merged_into_ticket_id"] and not ticket["is_spam"] and ticket["created_by"] == "customer":
            lent[root(ticket)["ticket_id"]].append(ticket)
    said: dict[str, list[Row]] = defaultdict(list)
    for message in messages:
        if message["sent_at"] <= as_of:
            said[message["ticket_id"]].append(message)
    told: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for event in events:
        told[event["ticket_id"], event["field"]].append(event)

    found = {}
    for ticket in tickets:
        key = ticket["ticket_id"]
        if ticket["merged_into_ticket_id"] or ticket["is_spam"]:
            continue
        own = once([m for t in [ticket, *lent[key]] for m in said[t["ticket_id"]]], bots)
        starts = [t["created_at"] for t in lent[key]]
        if ticket["created_by"] == "customer":
            starts.append(ticket["created_at"])
        created = min(starts, default=next((at for at, kind, _ in own if kind == "customer"), None))
        if created is None or created > as_of:
            continue
        if ticket["created_by"] != "customer":
            own = [message for message in own if message[0] >= created]
        life = Life(ticket, created, as_of, own, [], [], [], [], [], False, (key, "schedule") in told, walk)
        read_statuses(life, in_order(told[key, "status"]))
        life.priorities = values_over_time(life, in_order(told[key, "priority"]), "priority")
        life.schedules = values_over_time(life, in_order(told[key, "schedule"]), "schedule_id")
        life.runs = life.waiting_runs()
        found[key] = life
    return found


def read_statuses(life: Life, events: list[Row]) -> None:
    """Spells, solutions and reopenings (D38, D39)."""
    if not events:
        life.has_history = life.ticket["status"] not in CLOSED
        life.spells = [(life.ticket["status"], life.created_at)] if life.has_history else []
        return
    life.has_history = True
    life.spells = [(events[0]["old_value"] or "new", life.created_at)]
    for event in events:
        status, before = event["new_value"], life.spells[-1][0]
        if event["occurred_at"] > life.as_of or status == before:
            continue
        at = max(event["occurred_at"], life.created_at)
        life.spells.append((status, at))
        if event["occurred_at"] >= life.created_at - SKEW:
            if status in CLOSED and before not in CLOSED:
                life.solved_at.append(at)
            if status not in CLOSED and before in CLOSED:
                life.reopened_at.append(at)


def values_over_time(life: Life, events: list[Row], column: str) -> list[tuple[datetime, str | None]]:
    """What a field was from when on; without events what it is today."""
    beginning = datetime.min.replace(tzinfo=life.created_at.tzinfo)
    if not events:
        return [(beginning, life.ticket[column])]
    values = [(beginning, events[0]["old_value"])]
    for event in events:
        if event["occurred_at"] <= life.as_of and event["new_value"] != values[-1][1]:
            values.append((event["occurred_at"], event["new_value"]))
    return values
