"""What is said in public, and the contacts outside the helpdesk: reviews, mentions, touchpoints."""

from datetime import timedelta

from cx_warehouse.demo.company import MANAGER_OF_OFFICE
from cx_warehouse.demo.dice import Dice
from cx_warehouse.demo.phrases import comment, theme_of_mood
from cx_warehouse.demo.revenue import Relationship
from cx_warehouse.demo.tables import Row, Tables
from cx_warehouse.demo.timeline import (
    END,
    FIRST_DAY,
    climate,
    day_within,
    happened,
    later,
    midnight,
    months,
    office_time,
)

REVIEW_SITES = {
    "Softscout": (55, 5),
    "Vertinimai": (25, 5),
    "Toolrank": (20, 10),
}  # share, best rating
NETWORKS = {"forum": 35, "microblog": 40, "video": 10, "news": 15}
LANGUAGES = {"en": 45, "lt": 33, "ru": 22}

# How customers meet the company outside the helpdesk, once served: chance a month, and what it is.
MEETINGS = {  # touchpoint: (chance a month, stage, direction, channels, topics)
    "account review": (0.06, "use", "out", ("phone", "video call", "office"), ("usage", "prices")),
    "office visit": (0.03, "help", "in", ("office",), ("setup", "invoices")),
    "webinar": (0.05, "use", "in", ("web",), ("usage",)),
    "app feedback": (0.05, "use", "in", ("app",), ("usage", "errors")),
    "renewal talk": (0.025, "renew", "out", ("phone", "email"), ("prices",)),
}
OUTCOMES = {"done": 70, "follow-up agreed": 20, "no answer": 10}

# What a new customer does by itself after the first call: earliest and latest day after the step before
# it, and how likely it is in quiet times.
FIRST_STEPS = {  # touchpoint: (stage, earliest, latest, chance)
    "setup finished": ("onboarding", 4, 11, 0.9),
    "first report": ("use", 2, 12, 0.85),
}


def market_tables(seed: int, lives: list[Relationship]) -> Tables:
    """Give the tables of reviews, mentions and touchpoints."""
    return {
        ("voice", "reviews"): _reviews(Dice(seed, "reviews"), lives),
        ("voice", "mentions"): _mentions(Dice(seed, "mentions")),
        ("crm", "touchpoints"): _touchpoints(Dice(seed, "touchpoints"), lives),
    }


def _reviews(dice: Dice, lives: list[Relationship]) -> list[Row]:
    rows: list[Row] = []
    for month in months(FIRST_DAY, END):
        weather = climate(month)
        for _ in range(dice.count(8 + 3 * (weather.silence - 1))):
            site = dice.weighted({name: share for name, (share, _) in REVIEW_SITES.items()})
            _, best = REVIEW_SITES[site]
            stars = max(1, min(5, round(4.3 + weather.mood + 0.9 * dice.normal())))
            language = dice.weighted(LANGUAGES)
            posted_at = office_time(dice, day_within(dice, month))
            replied_at = later(posted_at, hours=dice.skewed(26 * weather.wait, 0.9))
            theme = theme_of_mood(dice, stars >= 4, weather.silence)
            known = dice.chance(0.2)
            rows.append(
                {
                    "platform": site,
                    "place": dice.pick(("Vilnius", "Toronto")),
                    "product": dice.weighted({"Desk": 85, "Insights": 15}),
                    "posted_at": posted_at,
                    "rating": stars * best // 5,
                    "rating_max": best,
                    "text": comment(dice, language, theme, is_praise=stars >= 4),
                    "language": language,
                    "customer_id": dice.pick(lives).customer.customer_id if known else None,
                    "replied_at": happened(replied_at) if dice.chance(0.7) else None,
                    "is_removed": dice.chance(0.02),
                    "updated_at": posted_at,
                }
            )
    return _numbered(rows, "review_id", "V", "posted_at")


def _mentions(dice: Dice) -> list[Row]:
    rows: list[Row] = []
    for month in months(FIRST_DAY, END):
        weather = climate(month)
        for _ in range(dice.count(10 + 4 * (weather.silence - 1))):
            bad = 20 * weather.silence
            sentiment = dice.weighted({"positive": 40, "neutral": 35, "negative": bad})
            language = dice.weighted(LANGUAGES)
            posted_at = later(midnight(day_within(dice, month)), minutes=dice.between(300, 1439))
            replied_at = later(posted_at, hours=dice.skewed(8 * weather.wait, 0.9))
            is_own = dice.chance(0.06)
            sentiment = "positive" if is_own else sentiment
            is_praise = sentiment == "positive" or (sentiment == "neutral" and dice.chance(0.5))
            theme = theme_of_mood(dice, is_praise, weather.silence)
            rows.append(
                {
                    "platform": dice.weighted(NETWORKS),
                    "posted_at": posted_at,
                    "author": "desk_official" if is_own else f"writer{dice.whole(100, 999)}",
                    "text": comment(dice, language, theme, is_praise),
                    "language": language,
                    "sentiment": sentiment,
                    "reach": round(dice.skewed(350, 1.2)),
                    "is_repost": dice.chance(0.08),
                    "is_own": is_own,
                    "replied_at": happened(replied_at) if dice.chance(0.45) else None,
                }
            )
    return _numbered(rows, "mention_id", "W", "posted_at")


def _touchpoints(dice: Dice, lives: list[Relationship]) -> list[Row]:
    rows: list[Row] = []
    for life in lives:
        customer = life.customer
        for touchpoint, (chance, stage, direction, channels, topics) in MEETINGS.items():
            for month in months(FIRST_DAY, END):
                day = day_within(dice, month)
                if not dice.chance(chance) or not life.pays_on(day):
                    continue
                rows.append(
                    {
                        "customer_id": customer.customer_id,
                        "occurred_at": office_time(dice, day),
                        "channel": dice.pick(channels),
                        "touchpoint": touchpoint,
                        "stage": stage,
                        "direction": direction,
                        "topic": dice.pick(topics),
                        "employee_id": MANAGER_OF_OFFICE[customer.office],
                        "office": customer.office,
                        "outcome": dice.weighted(OUTCOMES),
                    }
                )
        for number in range(dice.whole(1, 2)):
            day = customer.acquired_at.date() + timedelta(days=3 + 9 * number)
            if FIRST_DAY <= day < END:
                rows.append(
                    {
                        "customer_id": customer.customer_id,
                        "occurred_at": office_time(dice, day),
                        "channel": dice.pick(("video call", "phone")),
                        "touchpoint": "onboarding call",
                        "stage": "start",
                        "direction": "out",
                        "topic": "setup",
                        "employee_id": MANAGER_OF_OFFICE[customer.office],
                        "office": customer.office,
                        "outcome": dice.weighted(OUTCOMES),
                    }
                )
    return _numbered(rows, "touchpoint_id", "H", "occurred_at")


def first_steps(seed: int, lives: list[Relationship]) -> list[Row]:
    """Give the touchpoints of new customers in the app: one step after the other until they stop."""
    dice = Dice(seed, "first steps")
    rows: list[Row] = []
    for life in lives:
        day = life.customer.acquired_at.date() + timedelta(days=3)
        if day < FIRST_DAY:
            continue
        for touchpoint, (stage, earliest, latest, chance) in FIRST_STEPS.items():
            day += timedelta(days=dice.whole(earliest, latest))
            if day >= END or not dice.chance(chance - 0.07 * (climate(day).silence - 1)):
                break
            rows.append(
                {
                    "customer_id": life.customer.customer_id,
                    "occurred_at": later(midnight(day), minutes=dice.between(7 * 60, 20 * 60)),
                    "channel": "app",
                    "touchpoint": touchpoint,
                    "stage": stage,
                    "direction": "in",
                    "office": life.customer.office,
                    "outcome": "done",
                }
            )
    return _numbered(rows, "touchpoint_id", "N", "occurred_at")


def _numbered(rows: list[Row], key: str, letter: str, moment: str) -> list[Row]:
    """Order the rows by their moments and give each a key."""
    rows.sort(key=lambda row: str(row[moment]))
    return [{key: f"{letter}{number:05d}"} | row for number, row in enumerate(rows, start=1)]
