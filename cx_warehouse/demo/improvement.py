"""What the company learnt from talking to customers, and what it set out to improve."""

from datetime import date

from cx_warehouse.demo.company import MANAGER_OF_OFFICE
from cx_warehouse.demo.dice import Dice
from cx_warehouse.demo.revenue import Relationship
from cx_warehouse.demo.tables import Row, Tables
from cx_warehouse.demo.timeline import later, midnight

# id, name, office that answers for it, registered, started, ended, metric, stage, theme, cost
INITIATIVES = [
    ("hours", "Longer hours in Vilnius", "Vilnius", "2026-03-02", "2026-04-01", "", "frt_human_median",
     "help", "waiting", 42000.0),
    ("welcome", "Two calls in the first month", "Toronto", "2026-04-13", "2026-05-01", "2026-10-01",
     "early_life_churn_90", "start", "information", 18500.0),
    ("pricing", "A pricing page that says the price", "Vilnius", "2026-05-04", "2026-06-01", "",
     "conversion_rate_session", "start", "price", 6200.0),
]  # fmt: skip

# Study, method, day, stage, participants, and by finding: theme, statement, supporters, severity, quote
STUDIES = [
    ("Why they wait", "interview", date(2026, 2, 16), "help", 12, [
        ("waiting", "Nobody says how long an answer will take", 9, "high", "I refreshed it all morning."),
        ("resolution", "The same question is answered by three people", 6, "high", "I told it all again."),
        ("staff", "Whoever answers is friendly", 8, "none", "She was kind, only late."),
        ("information", "A notice of the shortage would have helped", 5, "medium", "Just tell us."),
    ]),
    ("First month", "usability", date(2026, 4, 8), "start", 8, [
        ("usability", "The import of old files is not found", 6, "high", "I looked in every menu."),
        ("information", "Plans are compared by hand", 5, "medium", "I made a table of my own."),
        ("features", "Templates are the first thing that is liked", 4, "none", "That saved us a week."),
    ]),
    ("Autumn pulse", "messenger_poll", date(2026, 9, 22), "use", 41, [
        ("waiting", "Answers come the same day again", 27, "none", "Quick, as it used to be."),
        ("price", "The rise in February is not forgotten", 14, "medium", "Nine per cent is a lot."),
    ]),
]  # fmt: skip


def improvement_tables(seed: int, lives: list[Relationship]) -> Tables:
    """Give the tables of initiatives, of who was exposed to them, and of research findings."""
    return {
        ("voice", "research_findings"): _findings(),
        ("initiatives", "initiatives"): [_initiative(*initiative) for initiative in INITIATIVES],
        ("initiatives", "exposures"): _exposures(Dice(seed, "exposures"), lives),
    }


def _initiative(
    key: str, name: str, office: str, registered: str, started: str, ended: str,
    metric: str, stage: str, theme: str, cost: float,
) -> Row:  # fmt: skip
    return {
        "initiative_id": key,
        "name": name,
        "owner": MANAGER_OF_OFFICE[office],
        "registered_at": midnight(date.fromisoformat(registered)),
        "started_at": midnight(date.fromisoformat(started)),
        "ended_at": midnight(date.fromisoformat(ended)) if ended else None,
        "metric": metric,
        "stage": stage,
        "theme": theme,
        "cost": cost,
    }


def _exposures(dice: Dice, lives: list[Relationship]) -> list[Row]:
    """Both offices for the hours, every new customer by lot for the calls; nobody can be kept from a page."""
    rows: list[Row] = [
        _exposure("hours", "office", "Vilnius", "treated", date(2026, 4, 1), None),
        _exposure("hours", "office", "Toronto", "control", date(2026, 4, 1), None),
    ]
    for life in lives:
        won = life.customer.acquired_at.date()
        if date(2026, 5, 1) <= won < date(2026, 10, 1):
            arm = dice.pick(("treated", "control"))
            rows.append(_exposure("welcome", "customer", life.customer.customer_id, arm, won, None))
    return rows


def _exposure(key: str, kind: str, unit: str, arm: str, start: date, end: date | None) -> Row:
    return {
        "initiative_id": key,
        "unit_type": kind,
        "unit_id": unit,
        "arm": arm,
        "exposed_from": start,
        "exposed_to": end,
    }


def _findings() -> list[Row]:
    rows: list[Row] = []
    for study, method, day, stage, participants, findings in STUDIES:
        for theme, statement, supporters, severity, quote in findings:
            rows.append(
                {
                    "finding_id": f"F{len(rows) + 1:02d}",
                    "study": study,
                    "method": method,
                    "found_at": later(midnight(day), hours=15),
                    "stage": stage,
                    "theme": theme,
                    "statement": statement,
                    "participants_supporting": supporters,
                    "participants_total": participants,
                    "severity": severity,
                    "quote": quote,
                }
            )
    return rows
