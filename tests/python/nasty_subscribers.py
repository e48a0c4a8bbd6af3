"""A company of subscribers and buyers whose raw rows hold everything that can go wrong, from a seed."""

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from nasty_helpdesk import REPORTING_ZONES, ZONES
from oracle_churn import Settings
from oracle_service import wall_to_utc
from raw_folder import RawFolder

SEGMENTS = ["small", "large", "public", None]
REGIONS = ["north", "south", None]
PLANS = ["basic", "team", "pro", None]
CHANNELS = ["search", "partner", None]
PRICES = ["10", "20", "49.90", "0.01", "1200", "35.5"]
REASONS = [
    "too_expensive", "Too Expensive", "price", "slow-response", "moved", "business_closed",
    "competitor_offer", "internal_migration", "payment_failure", "no_need", "zzz", "unknown", None,
]  # fmt: skip
KINDS = ["upgrade", "downgrade", "price", "quantity", "pause", "pause", "resume"]
WITHIN_PAUSE = ["resume", "resume", "price", "pause"]
DAY = timedelta(days=1)


def nasty_settings(rng: random.Random) -> Settings:
    """Variables of a build: where it stands in the year decides which clock changes it meets."""
    zone = ZoneInfo(rng.choice(REPORTING_ZONES))
    as_of = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(300 * 86400))
    if rng.random() < 0.3:
        as_of = wall_to_utc(datetime(2026, rng.randrange(1, 12), 1), zone)
    is_usual = rng.random() < 0.5
    return Settings(
        as_of=as_of,
        source_zone=ZoneInfo(rng.choice(ZONES)),
        reporting_zone=zone,
        observation_start=None if is_usual else (as_of - 150 * DAY).date(),
        churn_grace_days=7 if is_usual else rng.choice([0, 3, 14]),
        pause_max_days=90 if is_usual else rng.choice([30, 60]),
        cac_lag_months=0 if is_usual else 1,
        gross_margin_rate=None if is_usual else 0.6,
    )


class NastySubscribers:
    """Raw rows of some hundred customers."""

    def __init__(self, rng: random.Random, settings: Settings, customers: int = 220) -> None:
        """Write all rows."""
        self.rng, self.settings, self.raw = rng, settings, RawFolder()
        self.today = settings.today
        self.first_day = self.today - rng.choice([25, 200, 500, 700]) * DAY
        self.first_day = min(self.first_day, self.today - 200 * DAY)
        self.subscriptions = 0
        self._surveys()
        for number in range(customers):
            self._customer(f"C{number:03}")
        for _, rows in self.raw.tables():
            rng.shuffle(rows)
        self._scores()

    def chance(self, share: float) -> bool:
        """True with this probability."""
        return self.rng.random() < share

    def written(self, at: datetime) -> str:
        """An instant the way some system exports it: with an offset, or naive in the source zone."""
        kind = self.rng.randrange(4)
        if kind == 0:
            wall = at.astimezone(self.settings.source_zone).replace(tzinfo=None)
            return wall.isoformat(sep=" ")
        if kind == 1:
            return at.astimezone(ZoneInfo(self.rng.choice(ZONES))).isoformat()
        return at.isoformat().replace("+00:00", "Z")

    def moment(self, on: date) -> datetime:
        """Some instant of a local day: its midnight, the last second before the next, or within."""
        kind = self.rng.randrange(4)
        clock = time(0) if kind < 2 else time(23, 59, 59) if kind == 2 else time(self.rng.randrange(24), 30)
        return wall_to_utc(datetime.combine(on, clock), self.settings.reporting_zone)

    def on(self, day: date) -> str:
        """Some instant of a local day, written, or a plain date."""
        return day.isoformat() if self.chance(0.15) else self.written(self.moment(day))

    def some_day(self, since: date | None = None) -> date:
        """A day to as_of, often the first of a month."""
        since = since or self.first_day
        found = since + self.rng.randrange(max(1, (self.today - since).days + 1)) * DAY
        return found.replace(day=1) if self.chance(0.15) and found.replace(day=1) >= since else found

    def _surveys(self) -> None:
        self.raw.add("surveys", "surveys", survey_id="exit", name="Goodbye", programme="exit")
        self.raw.add("surveys", "surveys", survey_id="rel", name="Relationship", programme="relational")
        for survey in ("exit", "rel"):
            self.raw.add(
                "surveys", "questions",
                question_id=f"why_{survey}", survey_id=survey, metric="reason", scale_min=None,
            )  # fmt: skip

    def _scores(self) -> None:
        """Scores that some gave, often a year to the day, or hours, from an end."""
        self.raw.add(
            "surveys", "questions", question_id="nps_rel", survey_id="rel", metric="nps", scale_min=0,
            scale_max=10,
        )  # fmt: skip
        ends = [row for row in dict(self.raw.tables())["crm", "subscriptions"] if row["ended_at"]]
        for number, row in enumerate(self.rng.choices(ends, k=260)):
            on = (
                wall_to_utc(datetime.fromisoformat(str(row["ended_at"])[:10]), self.settings.reporting_zone)
                - self.rng.choice([-1, 0, 1, 30, 100, 364, 365, 366, 400]) * DAY
            )
            if on > self.settings.as_of:
                continue
            response = f"N{number:03}"
            self.raw.add(
                "surveys", "responses", response_id=response, survey_id="rel", contact_id=None,
                customer_id=row["customer_id"], is_test=None, status=self.rng.choice([None, "partial"]),
                responded_at=self.written(on + timedelta(hours=self.rng.choice([0, 0, 5]))),
            )  # fmt: skip
            self.raw.add(
                "surveys", "answers", response_id=response, question_id="nps_rel", answer_no=1,
                value=self.rng.choice([0, 3, 6, 6, 7, 9, 10]),
            )  # fmt: skip

    def _customer(self, name: str) -> None:
        rng = self.rng
        if not self.chance(0.05):
            acquired = self.some_day()
            for version in range(2 if self.chance(0.1) else 1):
                is_test = ["true", "1", "T"] if self.chance(0.04) else [None, "false", "0"]
                is_dated = version or self.chance(0.5)
                self.raw.add(
                    "crm", "customers",
                    customer_id=name, segment=rng.choice(SEGMENTS), region=rng.choice(REGIONS),
                    acquisition_channel=rng.choice(CHANNELS),
                    acquisition_cost=rng.choice([None, "0", "15.5", "100", "320"]),
                    acquired_at=self.written(self.moment(acquired)) if self.chance(0.8) else None,
                    is_test=rng.choice(is_test),
                    updated_at=f"2025-01-0{version + 1}T00:00:00Z" if is_dated else None,
                )  # fmt: skip
        self._history(name)
        kind = rng.random()
        if kind < 0.85:
            self._contract(name)
        if kind > 0.75:
            self._orders(name)

    def _history(self, name: str) -> None:
        for attribute, values in (("segment", SEGMENTS), ("region", REGIONS)):
            if not self.chance(0.3):
                continue
            start = self.some_day()
            for _ in range(self.rng.randrange(1, 4)):
                stop = start + self.rng.randrange(5, 150) * DAY
                is_open = self.chance(0.2)
                self.raw.add(
                    "crm", "customer_history",
                    customer_id=name, attribute=attribute, value=self.rng.choice(values),
                    valid_from=start.isoformat(), valid_to=None if is_open else stop.isoformat(),
                )  # fmt: skip
                if is_open:
                    break
                start = stop + (0 if self.chance(0.7) else self.rng.randrange(1, 40)) * DAY

    def _contract(self, name: str) -> None:
        rng, start = self.rng, self.some_day()
        for _ in range(rng.choice([1, 1, 1, 2, 2, 3, 4])):
            end = self._subscription(name, start)
            if end is None or self.chance(0.15):
                start = self.some_day()  # a second one, beside the first
            else:
                grace = self.settings.churn_grace_days
                start = end + rng.choice([0, 1, grace - 1, grace, grace + 1, grace + 2, 20, 60, 91]) * DAY

    def _subscription(self, name: str, start: date) -> date | None:
        """One subscription; gives the day it ends."""
        rng = self.rng
        self.subscriptions += 1
        key = f"S{self.subscriptions:04}"
        length = rng.choice([0, 1, 5, 30, 31, 60, 90, 100, 200, 365])
        end = None if self.chance(0.35) else start + (length + rng.randrange(3)) * DAY
        if end and self.chance(0.1):
            end = self.today + rng.randrange(-8, 9) * DAY
            end = max(end, start)
        row: dict[str, Any] = {
            "subscription_id": key, "customer_id": name, "plan": rng.choice(PLANS),
            "started_at": self.on(start), "mrr": "0" if self.chance(0.08) else rng.choice(PRICES),
            "currency": rng.choice([None, "EUR", "EUR"]),
            "status": rng.choice([None, "active", "cancelled", "past_due", "unpaid"]),
            "updated_at": "2025-05-01T00:00:00Z",
        }  # fmt: skip
        row["ended_at"] = self._end(start, end) if end else None
        self.raw.add("crm", "subscriptions", **row)
        if self.chance(0.05):  # an older version says something else
            older = {"mrr": "7777", "updated_at": rng.choice([None, "2024-01-01"])}
            self.raw.add("crm", "subscriptions", **row | older)
        if self.chance(0.04):  # refused: negative, another currency, an end before the start
            bad: list[dict[str, Any]] = [
                {"mrr": "-5"}, {"currency": "USD"},
                {"ended_at": self.written(self.moment(start - 3 * DAY))},
            ]  # fmt: skip
            self.raw.add("crm", "subscriptions", **row | {"subscription_id": f"{key}x"} | rng.choice(bad))
        self._changes(key, start, end)
        if end and self.chance(0.7):
            self._goodbye(name, key, end)
        return end

    def _end(self, start: date, end: date) -> str:
        """An instant of the last day, which on the day of the start must not lie before it."""
        if end > start + DAY:
            return self.on(end)
        zone = self.settings.reporting_zone
        return self.written(wall_to_utc(datetime.combine(end, time(23, 59, 59)), zone))

    def _changes(self, key: str, start: date, end: date | None) -> None:
        rng = self.rng
        on, is_paused = start, False
        for number in range(rng.choice([0, 0, 0, 1, 2, 3, 5])):
            limit = self.settings.pause_max_days
            last = limit + self.settings.churn_grace_days
            pauses = [0, 5, limit - 1, limit, limit + 1, last, last + 1, 150]
            on += rng.choice(pauses if is_paused else [0, 0, 1, 10, 30, 45, 100]) * DAY
            kind = rng.choice(WITHIN_PAUSE if is_paused else KINDS)
            is_free = kind == "price" and self.chance(0.15)
            mrr = "0" if kind == "pause" or is_free else rng.choice(PRICES)
            moment = self.moment(on)
            self.raw.add(
                "crm", "subscription_changes",
                change_id=f"{key}-{rng.randrange(10**6):06}-{number}", subscription_id=key,
                effective_at=self.written(moment), kind=kind, mrr=mrr,
            )  # fmt: skip
            if kind == "pause":
                is_paused = True
            elif kind == "resume" or Decimal(mrr) > 0:
                is_paused = False

    def _goodbye(self, name: str, key: str, end: date) -> None:
        """Cancellations and exit surveys about an end, some of them too far away to speak of it."""
        rng = self.rng
        window = self.settings.churn_grace_days + 30
        for number in range(rng.choice([0, 1, 1, 2, 3])):
            effective = end + rng.choice([0, 0, 0, 3, -3, window, -window, window + 1, -window - 1]) * DAY
            requested = self.moment(min(effective, self.today) - rng.randrange(1, 20) * DAY)
            self.raw.add(
                "crm", "cancellations",
                cancellation_id=f"X{key}{number}", customer_id=name,
                subscription_id=key if self.chance(0.7) else None,
                requested_at=self.written(requested),
                effective_at=self.on(effective) if self.chance(0.7) else None,
                initiator=rng.choice(["customer", "customer", "company", "payment_system", None]),
                recorded_by=rng.choice(["customer", "agent", None]),
                reason=rng.choice(REASONS), competitor=rng.choice([None, None, "Acme", "acme ", "Other Co"]),
            )  # fmt: skip
        for number in range(rng.choice([0, 0, 1, 2])):
            on = end + rng.choice([0, 2, 10, -10, 29, 32, -36, -39]) * DAY
            if on >= self.today or on < self.first_day:
                continue
            response, contact = f"R{key}{number}", None
            if self.chance(0.4):
                contact = f"P{key}{number}"
                self.raw.add(
                    "crm", "contacts",
                    contact_id=contact, customer_id=name, is_employee="yes" if self.chance(0.2) else None,
                )  # fmt: skip
            survey = "exit" if self.chance(0.9) else "rel"
            self.raw.add(
                "surveys", "responses",
                response_id=response, survey_id=survey, customer_id=None if contact else name,
                contact_id=contact,
                responded_at=self.written(self.moment(on) + timedelta(seconds=rng.randrange(600, 3000))),
                status=rng.choice([None, "complete", "partial", "test", "preview"]),
                is_test="true" if self.chance(0.05) else None,
            )  # fmt: skip
            for answer_no in range(1, rng.choice([2, 2, 3])):
                self.raw.add(
                    "surveys", "answers",
                    response_id=response, question_id=f"why_{survey}", answer_no=answer_no,
                    value=rng.choice(REASONS[:-1]),
                )  # fmt: skip

    def _orders(self, name: str) -> None:
        on = self.some_day()
        for number in range(self.rng.choice([1, 2, 3, 5, 9])):
            if on > self.today:
                break
            at = min(self.moment(on), self.settings.as_of)
            self.raw.add(
                "crm", "orders",
                order_id=f"O{name}{number}", customer_id=name, ordered_at=self.written(at),
                status=self.rng.choice([None, "paid", "paid", "placed", "cancelled", "returned"]),
                amount=self.rng.choice(PRICES), margin=self.rng.choice([None, "1", "2.5", "4"]),
                currency="USD" if self.chance(0.02) else None, channel=self.rng.choice(CHANNELS),
            )  # fmt: skip
            on += self.rng.choice([0, 3, 20, 30, 45, 70, 120]) * DAY
