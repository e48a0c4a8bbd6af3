"""A company whose helpdesk, surveys and contacts belong to the same people, from a seed."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from nasty_helpdesk import NastyHelpdesk
from nasty_surveys import NastySurveys
from oracle_service import Settings, instant
from raw_folder import RawFolder

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
STAFF = {
    "A1": ("agent", "north"), "A2": ("manager", "south"), "A3": ("agent", None), "robot": ("bot", "north"),
    "rule": ("system", None), "E1": ("agent", "north"), "E2": ("agent", "south"), "E3": ("agent", None),
    **{f"S{number:02}": ("agent", "south") for number in range(9)},
}  # fmt: skip
STRANGERS = ["E9", None]
TOPICS = ["billing", "Billing", "delivery", "returns", None, "unknown"]
STEPS = ["awareness", "purchase", "start", "onboarding", "use", "support"]


class NastyCompany:
    """Raw rows of a helpdesk and surveys, joined by customers, tickets and staff."""

    def __init__(self, rng: random.Random, settings: Settings) -> None:
        """Write all rows."""
        self.rng, self.settings, self.raw = rng, settings, RawFolder()
        desk = NastyHelpdesk(rng, settings)
        surveys = NastySurveys(rng, settings)  # type: ignore[arg-type]
        self.desk, self.customers = desk, surveys.customers
        halves = [(surveys.raw, {"crm", "surveys", "voice"}), (desk.raw, {"helpdesk"})]
        for half, systems in halves:
            for (system, table), rows in half.tables():
                if system in systems and table != "employees":
                    for row in rows:
                        self._joined(system, table, row)
        for name, (role, team) in STAFF.items():
            office = rng.choice(["Riga", None])
            self.raw.add("crm", "employees", employee_id=name, role=role, team=team, office=office)
        self._assignments()
        self._touchpoints()
        self._followups()
        self._visits()

    def chance(self, share: float) -> bool:
        """True with this probability."""
        return self.rng.random() < share

    def staff(self) -> str | None:
        """Somebody, now and then nobody or somebody the CRM does not know."""
        return self.rng.choice([*STAFF, *STRANGERS])

    def rows(self, system: str, table: str) -> list[dict[str, Any]]:
        """Rows of a table written so far."""
        return dict(self.raw.tables()).get((system, table), [])

    def at(self, value: Any) -> datetime:
        """An instant that was written."""
        at = instant(value, self.settings.source_zone)
        assert at is not None
        return at

    def _joined(self, system: str, table: str, row: Mapping[str, Any]) -> None:
        """One row of either half, with what ties it to the other."""
        row, rng = dict(row), self.rng
        if table == "tickets":
            # The two halves write their customers differently: C5 and C05.
            if str(row["customer_id"]).startswith("C") and row["customer_id"] != "C999":
                row["customer_id"] = f"C{int(row['customer_id'][1:]):02}"
            row["assignee_id"] = self.staff()
            row["topic"] = rng.choice(["billing", "billing", "delivery", None])
            row["channel"] = rng.choice(["email", "chat", "phone", "E-mail", None])
        elif table == "ticket_messages" and row["author_type"] == "agent":
            row["author_id"] = self.staff()
        elif table == "responses":
            row["employee_id"] = self.staff()
            about = rng.choice([f"T{rng.randrange(400):03}", None, "T-nowhere"])
            row["ticket_id"] = about if self.chance(0.6) else None
        self.raw.add(system, table, **row)

    def _assignments(self) -> None:
        """Changes of who is in charge, some of them to bots, to nobody, at one instant or after the end."""
        for number, ticket in enumerate(list(self.rows("helpdesk", "tickets"))):
            if self.chance(0.5):
                continue
            at, old = self.at(ticket["created_at"]), self.staff() if self.chance(0.4) else None
            for step in range(self.rng.choice([1, 1, 2, 3])):
                at = self.desk.later(at)
                if at > self.settings.as_of:
                    break
                new = self.staff()
                self.raw.add(
                    "helpdesk", "ticket_events", event_id=f"a{number:04}{step}",
                    ticket_id=ticket["ticket_id"], occurred_at=self.desk.written(at), sequence=None,
                    field="assignee", old_value=old, new_value=new,
                )  # fmt: skip
                old = ticket["assignee_id"] = new

    def _touchpoints(self) -> None:
        """Contacts of known customers: walks along the way, and calls about topics of tickets."""
        rng = self.rng
        for customer in [*self.customers, *self.customers, "C99", None]:
            at = self.settings.as_of - timedelta(seconds=rng.randrange(300 * 86400))
            for _ in range(rng.randrange(12)):
                at = at + rng.choice([
                    timedelta(0), timedelta(hours=rng.randrange(1, 90)), 7 * DAY, 7 * DAY + SECOND, 8 * DAY,
                    -3 * DAY, 30 * DAY, timedelta(minutes=7),
                ])  # fmt: skip
                self._touchpoint(customer, at)
        for ticket in list(self.rows("helpdesk", "tickets")):
            if self.chance(0.35):
                at = self.at(ticket["created_at"]) + rng.choice([0, 0, 3600, 86400, 7 * 86400, -60]) * SECOND
                self._touchpoint(ticket["customer_id"], at, ticket)

    def _touchpoint(
        self, customer: str | None, at: datetime, ticket: Mapping[str, Any] | None = None
    ) -> None:
        rng = self.rng
        if at > self.settings.as_of and self.chance(0.9):
            return
        channel = rng.choice(["email", "E-mail", "phone", "chat", "office", "app", "pigeon", "chatbot"])
        if ticket is not None and self.chance(0.6):
            channel = ticket["channel"] or channel
        self.raw.add(
            "crm", "touchpoints", touchpoint_id=f"W{self.raw.count('crm', 'touchpoints'):05}",
            customer_id=customer, occurred_at=self.desk.written(at), channel=channel,
            stage=rng.choice(STEPS) if self.chance(0.5) else None,
            touchpoint=rng.choice(["Advertisement", "checkout", "training", "login", "Somewhere", None]),
            direction=rng.choice(["in", "in", None, "out"]),
            topic=(ticket["topic"] if ticket and self.chance(0.6) else rng.choice(TOPICS)),
            ticket_id=ticket["ticket_id"] if ticket and self.chance(0.8) else rng.choice([None, "T-nowhere"]),
        )  # fmt: skip

    def _followups(self) -> None:
        """Calls after answers: before them, at once, at the edges of every window, by people and by bots."""
        rng = self.rng
        minutes = [-60, 0, 1, 600, 1440, 2880, 2881, 4320, 5760, 43200, 43201, 60000, 129600]
        for response in list(self.rows("surveys", "responses")):
            for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
                at = self.at(response["responded_at"])
                opened, contacted, resolved = (
                    at + rng.choice(minutes) * timedelta(minutes=1) if self.chance(share) else None
                    for share in (0.8, 0.6, 0.4)
                )
                # Nothing is accepted from later than a day after as_of.
                instants = [
                    self.desk.written(one) if one is not None and one <= self.settings.as_of + DAY else None
                    for one in (opened, contacted, resolved)
                ]
                self.raw.add(
                    "surveys", "followups", followup_id=f"F{self.raw.count('surveys', 'followups'):05}",
                    response_id=response["response_id"] if self.chance(0.98) else "R-nowhere",
                    opened_at=instants[0], contacted_at=instants[1], resolved_at=instants[2],
                    owner_id=self.staff(), result=None, root_cause=rng.choice(["price", None]),
                )  # fmt: skip

    def _visits(self) -> None:
        """Visits to the web site: of bots and of ourselves, without consent, endless, empty, uncounted."""
        rng = self.rng
        pages = ["/", "/pricing/eu?mail=a@b.example", "https://x.example/help/a", "pricing", "/help", None]
        for number in range(900):
            at = self.settings.as_of - timedelta(seconds=rng.randrange(-7200, 130 * 86400))
            key, seconds = f"w{number:04}", rng.choice([0, 2, 9, 10, 11, 300, 86400, 86401])
            visitor = rng.choice([f"v{rng.randrange(150)}", f"v{rng.randrange(20)}", None])
            ended_at = None if self.chance(0.4) else self.desk.written(at + timedelta(seconds=seconds))
            row = {
                "session_id": key, "visitor_id": visitor, "ended_at": ended_at,
                "customer_id": rng.choice([*self.customers, "C99"]) if self.chance(0.3) else None,
                "started_at": self.desk.written(at), "engaged_seconds": rng.choice([None, 0, 5, 10, 11]),
                "page_views": rng.choice([None, 0, 1, 1, 1, 2]), "landing_page": rng.choice(pages),
                "key_events": rng.choice([None, 0, 0, 0, 0, 1, 3]),
                "source": rng.choice(["search", "mail", None]),
                "device": rng.choice(["Bot", "crawler"] if self.chance(0.05) else ["desktop", "phone", None]),
                "country": rng.choice(["LT", "LV", None]),
                "is_internal": "yes" if self.chance(0.04) else None,
            }  # fmt: skip
            self.raw.add("web", "sessions", **row)
            for step in range(rng.choice([0, 0, 1, 2, 3])):
                self.raw.add(
                    "web", "events", event_id=f"{key}-{step}", session_id=key,
                    occurred_at=self.desk.written(at + rng.choice([-30, 0, 1, 10, 11, 90]) * SECOND),
                    name=rng.choice(["page_view", "Page_View", "scroll", "screen_view"]),
                )  # fmt: skip
