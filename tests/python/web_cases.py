"""Web sessions with known rates (METRICS §6.3); each case has a country of its own to be read by."""

from datetime import datetime, timedelta
from typing import Any

from raw_folder import RawFolder

MAY_DAY = datetime(2026, 5, 4, 10)
SHORT, LONG = 10, 11  # seconds: lasts more than ten, or does not


class Site:
    """The visits of one country."""

    def __init__(self, raw: RawFolder, country: str) -> None:
        """Start without visits."""
        self.raw, self.country = raw, country

    def visit(
        self, visitor: str | None, seconds: int | None = SHORT, *, at: datetime = MAY_DAY, **columns: Any
    ) -> str:
        """Add one visit, of one page and without a key event unless said; gives its key."""
        key = f"{self.country}-{self.raw.count('web', 'sessions')}"
        self.raw.add(
            "web", "sessions",
            **{
                "session_id": key, "visitor_id": visitor, "customer_id": None, "started_at": stamp(at),
                "ended_at": None if seconds is None else stamp(at + timedelta(seconds=seconds)),
                "engaged_seconds": None, "page_views": 1, "key_events": 0, "landing_page": "/",
                "source": "search", "device": "desktop", "country": self.country, "is_internal": None,
                **columns,
            },
        )  # fmt: skip
        return key


def stamp(at: datetime) -> str:
    """An instant as raw text."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def web_vectors(raw: RawFolder) -> None:
    """All cases."""
    tv_web_1(raw)
    visits_that_count(raw)
    unknown_is_not_zero(raw)
    months(raw)


TV_WEB_1 = [
    *[(f"u{number % 7}", {"key_events": 1}) for number in range(8)],  # the first visitor converts twice
    *[(f"u{7 + number}", {"seconds": LONG}) for number in range(27)],
    *[(f"u{7 + number}", {"page_views": 2}) for number in range(27)],
    *[(f"u{34 + number % 36}", {}) for number in range(38)],
]
"""TV-WEB-1: visitor and what is not plain of each visit: 62 engaged, one way each, of 100."""


def tv_web_1(raw: RawFolder) -> None:
    """The vector in May, and 50 visits in April of as many visitors, 10 of whom convert."""
    site = Site(raw, "TV-WEB-1")
    for visitor, columns in TV_WEB_1:
        site.visit(visitor, **columns)
    for number in range(50):
        site.visit(f"april{number}", at=datetime(2026, 4, 9), key_events=int(number < 10))


def visits_that_count(raw: RawFolder) -> None:
    """Rule 47: eight visits count, six do not."""
    raw.add("crm", "customers", customer_id="web-test", is_test="true")
    raw.add("crm", "customers", customer_id="web-customer", segment="web-segment")
    site = Site(raw, "edges")
    site.visit("a", 86400)
    site.visit("b", 86401)
    site.visit("c", is_internal="yes")
    site.visit("d", device="Bot")
    site.visit("e", customer_id="web-test")
    site.visit("f", page_views=0)
    site.visit("g", page_views=0, key_events=1)
    site.visit(
        "h",
        customer_id="web-customer",
        source=None,
        landing_page="https://x.example/pricing/eu?mail=a@b.example",
    )
    site.visit("i", landing_page="pricing")
    site.visit("j", landing_page=None)
    # Pages nobody counted, where the export has events: the events tell.
    seen = site.visit("k", None, page_views=None)
    site.visit("l", None, page_views=None)
    site.visit("m", None, page_views=None, engaged_seconds=LONG)
    # No goal, and nothing else is known: its only event came before it.
    early = site.visit("n", None, page_views=None)
    raw.add(
        "web", "events", event_id=early, session_id=early, name="scroll",
        occurred_at=stamp(MAY_DAY - timedelta(seconds=30)),
    )  # fmt: skip
    for number, name in enumerate(("page_view", "Page_View", "scroll")):
        raw.add(
            "web", "events", event_id=f"{seen}-{number}", session_id=seen, name=name,
            occurred_at=stamp(MAY_DAY + timedelta(seconds=number)),
        )  # fmt: skip


def unknown_is_not_zero(raw: RawFolder) -> None:
    """Key events that nobody counted leave a visit out of conversions, an unknown visitor out of visitors."""
    site = Site(raw, "unknown")
    for number in range(6):
        site.visit(f"n{number}", LONG, key_events=None)
    for number in range(4):
        site.visit(None, LONG, key_events=int(number == 0))
    for number in range(5):
        site.visit(f"k{number}", LONG)


def months(raw: RawFolder) -> None:
    """A visitor is in each month it comes in, once in the year; the zone decides; August may still change."""
    site = Site(raw, "months")
    for number in range(5):
        # Half past midnight in Vilnius: June, and not May.
        site.visit(f"v{number}", at=datetime(2026, 5, 31, 21, 30))
        site.visit(f"v{number}", at=datetime(2026, 7, 5), key_events=int(number == 0), landing_page="/help")
        site.visit(f"v{number}", at=datetime(2026, 8, 5))
