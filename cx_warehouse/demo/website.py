"""The web site: visits and what was done in them. Analytics was introduced a year before the end."""

from dataclasses import dataclass
from datetime import date, datetime

from cx_warehouse.demo.dice import Dice
from cx_warehouse.demo.revenue import Relationship
from cx_warehouse.demo.tables import Row, Tables
from cx_warehouse.demo.timeline import END, climate, day_within, later, midnight, months

FIRST_MONTH = date(2025, 11, 1)
VISITS_A_MONTH = 50
# The pricing page was written anew: more of those who see it ask for a trial.
NEW_PRICING_PAGE = date(2026, 6, 1)

LANDINGS = {"/": 35, "/pricing": 25, "/help/setup": 15, "/help/invoices": 10, "/blog/templates": 15}
SOURCES = {  # source: (share, medium)
    "search": (45, "organic"),
    "direct": (25, "none"),
    "newsletter": (12, "email"),
    "partner": (10, "referral"),
    "ads": (8, "cpc"),
}
DEVICES = {"desktop": 62, "mobile": 33, "tablet": 4, "bot": 1}
COUNTRIES = {"Lithuania": 40, "Latvia": 18, "Estonia": 10, "Ireland": 7, "Canada": 25}


def website_tables(seed: int, lives: list[Relationship]) -> Tables:
    """Give the tables of sessions and of their events."""
    dice = Dice(seed, "website")
    visits = sorted(
        (_visit(dice, lives, month) for month in months(FIRST_MONTH, END) for _ in range(VISITS_A_MONTH)),
        key=lambda visit: visit.started_at,
    )
    sessions: list[Row] = []
    events: list[Row] = []
    for number, visit in enumerate(visits, start=1):
        session = {"session_id": f"G{number:05d}"} | visit.row
        for name, seconds in _happenings(dice, visit):
            events.append(
                {
                    "event_id": f"G{number:05d}-{len(events) + 1}",
                    "session_id": session["session_id"],
                    "occurred_at": later(visit.started_at, seconds=seconds),
                    "name": name,
                    "page": session["landing_page"],
                }
            )
        sessions.append(session)
    return {("web", "sessions"): sessions, ("web", "events"): events}


@dataclass(frozen=True)
class _Visit:
    started_at: datetime
    seconds: int
    has_goal: bool
    row: Row


def _visit(dice: Dice, lives: list[Relationship], month: date) -> _Visit:
    landing = dice.weighted(LANDINGS)
    source = dice.weighted({name: share for name, (share, _) in SOURCES.items()})
    chance = {"/pricing": 0.16, "/": 0.07}.get(landing, 0.03) / climate(month).wait
    if landing == "/pricing" and month >= NEW_PRICING_PAGE:
        chance *= 1.8
    goals = int(dice.chance(chance))
    stays = goals or dice.chance(0.6)
    pages = dice.whole(2, 6) if stays else 1
    seconds = dice.whole(25, 500) if stays else dice.whole(0, 9)
    started_at = later(midnight(day_within(dice, month)), minutes=dice.whole(300, 1430))
    has_consent = dice.chance(0.85)
    is_customer = landing.startswith("/help") and dice.chance(0.5)
    row: Row = {
        "visitor_id": f"web-{dice.whole(1, 380):04d}" if has_consent else None,
        "customer_id": dice.pick(lives).customer.customer_id if is_customer else None,
        "started_at": started_at,
        "ended_at": later(started_at, seconds=seconds),
        "engaged_seconds": seconds * 7 // 10,
        "page_views": pages,
        "key_events": goals,
        "landing_page": landing + dice.pick(("", "", "?utm_source=" + source)),
        "source": source,
        "medium": SOURCES[source][1],
        "campaign": "spring" if source == "ads" and month.month in (3, 4) else None,
        "device": dice.weighted(DEVICES),
        "country": dice.weighted(COUNTRIES),
        "is_internal": dice.chance(0.02),
    }
    return _Visit(started_at, seconds, bool(goals), row)


def _happenings(dice: Dice, visit: _Visit) -> list[tuple[str, int]]:
    """Name the events of a visit and the seconds from its start: it is first seen, a goal is reached late."""
    happenings = [("page_view", 0)]
    if visit.has_goal:
        happenings.append((dice.pick(("trial_requested", "call_booked")), visit.seconds * 8 // 10))
    return happenings
