"""Tickets, messages and events written for a test as raw rows."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from raw_folder import RawFolder


def utc(text: str) -> datetime:
    """An instant from ISO text; without an offset it is UTC."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


class Helpdesk:
    """A helpdesk whose rows are added ticket by ticket; minutes count from the creation of the ticket."""

    def __init__(self) -> None:
        """Start without tickets."""
        self.raw = RawFolder()
        self.numbers = count(1)

    def schedule(
        self, schedule_id: str, zone: str, week: dict[int, list[tuple[int, int]]], **columns: Any
    ) -> None:
        """Add opening minutes by ISO weekday."""
        for weekday, windows in week.items():
            for opens, closes in windows:
                self.raw.add(
                    "helpdesk", "schedules", schedule_id=schedule_id, time_zone=zone, weekday=weekday,
                    opens_minute=opens, closes_minute=closes, **columns,
                )  # fmt: skip

    def ticket(
        self,
        created_at: datetime,
        *,
        ticket_id: str | None = None,
        status: str = "open",
        replies: list[tuple[float, str]] | None = None,
        statuses: list[tuple[float, str]] | None = None,
        **columns: Any,
    ) -> str:
        """Add a ticket with messages (minute, author type) and changes (minute, status); gives its key."""
        ticket_id = ticket_id or f"T{next(self.numbers)}"
        if statuses:
            status = statuses[-1][1]
        self.raw.add(
            "helpdesk",
            "tickets",
            ticket_id=ticket_id,
            created_at=created_at.isoformat(),
            status=status,
            **columns,
        )
        for minute, author in replies or []:
            self.message(ticket_id, created_at + timedelta(minutes=minute), author)
        before = None
        for minute, value in statuses or []:
            self.event(ticket_id, created_at + timedelta(minutes=minute), "status", before, value)
            before = value
        return ticket_id

    def message(self, ticket_id: str, sent_at: datetime, author: str, **columns: Any) -> None:
        """Add one message."""
        self.raw.add(
            "helpdesk", "ticket_messages", message_id=f"M{next(self.numbers):06}", ticket_id=ticket_id,
            sent_at=sent_at.isoformat(), author_type=author, **columns,
        )  # fmt: skip

    def event(
        self, ticket_id: str, at: datetime, field: str, old: str | None, new: str | None, **columns: Any
    ) -> None:
        """Add one change of a field."""
        self.raw.add(
            "helpdesk", "ticket_events", event_id=f"E{next(self.numbers):06}", ticket_id=ticket_id,
            occurred_at=at.isoformat(), field=field, old_value=old, new_value=new, **columns,
        )  # fmt: skip
