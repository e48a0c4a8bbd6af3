"""The service marts of random, nasty helpdesks equal an oracle that knows the texts and not the SQL."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from nasty_helpdesk import NastyHelpdesk, nasty_settings
from oracle_build import Key, Row, Rows, build_marts
from oracle_service import Oracle

PERIOD = ("period_grain", "period_start", "dimension", "dimension_value")
GRAINS = {
    "fct_tickets": ("ticket_id",),
    "fct_ticket_replies": ("ticket_id", "run_number"),
    "fct_ticket_status_intervals": ("ticket_id", "spell_number"),
    "fct_sla_outcomes": ("ticket_id", "metric", "occurrence"),
    "fct_backlog_days": ("date_day", "ticket_id"),
    "kpi_response_times": ("wait", "clock", *PERIOD),
    "kpi_sla": ("metric", *PERIOD),
    "kpi_support_quality": PERIOD,
    "kpi_backlog": ("date_day", "dimension", "dimension_value"),
}


@dataclass(frozen=True)
class Case:
    """One helpdesk: what the oracle says of it, and how to ask the build."""

    oracle: Oracle
    rows: Rows


@pytest.fixture(scope="module", params=[("duckdb", 1), ("duckdb", 2), ("postgres", 3)], ids=str)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A random helpdesk, built."""
    engine, seed = request.param
    rng = random.Random(seed)
    settings = nasty_settings(rng)
    desk = NastyHelpdesk(rng, settings)
    rows = build_marts(
        desk.raw, GRAINS, tmp_path_factory.mktemp("oracle_service"), variables=settings.variables(),
        postgres=request.getfixturevalue("postgres_environment") if engine == "postgres" else None,
    )  # fmt: skip
    return Case(Oracle(dict(desk.raw.tables()), settings), rows)


def by_grain(rows: Sequence[Row], grain: Sequence[str]) -> dict[Key, Row]:
    """Rows by their key; spells are numbered anew, since only their order is public."""
    found: dict[Key, Row] = {}
    for row in sorted(rows, key=lambda row: tuple(str(row[name]).zfill(9) for name in grain)):
        key = tuple(row[name] for name in grain)
        if "spell_number" in grain:
            key = (key[0], 1 + sum(other[0] == key[0] for other in found))
        assert key not in found, f"two rows of {key}"
        found[key] = row
    return found


def equal(measured: Any, expected: Any) -> bool:
    """Exactly equal, minutes and shares to a millionth."""
    if isinstance(measured, float) and isinstance(expected, float):
        return abs(measured - expected) <= 1e-6
    return bool(measured == expected)


@pytest.mark.parametrize("mart", GRAINS)
def test_the_mart_equals_the_oracle(case: Case, mart: str) -> None:
    measured = by_grain(case.rows(mart), GRAINS[mart])
    expected = getattr(case.oracle, mart)()
    assert expected, "the helpdesk has nothing to say about this mart"
    assert measured.keys() == expected.keys()
    differences = [
        f"{key} {column}: {measured[key][column]}, and the oracle says {value}"
        for key, row in expected.items()
        for column, value in row.items()
        if not equal(measured[key][column], value)
    ]
    assert not differences, "\n".join(differences[:10])


def test_the_helpdesk_is_as_nasty_as_it_says(case: Case) -> None:
    oracle = case.oracle
    lives = oracle.lives.values()
    happenings = {
        "merged": [t for t in oracle.raw.tickets.values() if t.merged_into],
        "out of scope": [t for t in oracle.raw.tickets.values() if t.is_out],
        "started by a company's own ticket": [x for x in lives if x.ticket.created_by != "customer"],
        "started earlier by a merged ticket": [x for x in lives if x.created_at < x.ticket.created_at],
        "replied to before it began": [x for x in lives if x.is_void],
        "restarted after a bot's solution": [x for x in lives if x.human_clock_at > x.created_at],
        "reopened more than once": [x for x in lives if len(x.reopened_at) > 1],
        "closed without a history": [x for x in lives if x.is_unknown_closure],
        "moved to another schedule": [x for x in lives if len(x.clock.segments) > 1],
        "without a schedule": [x for x in lives if x.clock.segments[-1].schedule_id is None],
        "three runs and more": [x for x in lives if len(x.runs) > 2],
        "running out of time": [x for x in oracle.fct_sla_outcomes().values() if x["outcome"] == "running"],
    }
    assert [name for name, found in happenings.items() if not found] == []
