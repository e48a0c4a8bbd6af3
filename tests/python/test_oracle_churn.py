"""The churn marts of random, nasty companies equal an oracle that knows the texts and not the SQL."""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from dbt_runner import PROJECT
from nasty_subscribers import NastySubscribers, nasty_settings
from oracle_build import Key, Row, Rows, build_marts
from oracle_churn import LABELS, Cancellation, Churn, Oracle, Reference
from oracle_worth import Worth

PERIOD = ("period_grain", "period_start", "dimension", "dimension_value")
GRAINS = {
    "fct_paying_intervals": ("customer_id", "spell_number"),
    "fct_churn_events": ("customer_id", "churned_at"),
    "fct_churn_reason_evidence": ("customer_id", "churned_at", "source", "reason"),
    "fct_customer_months": ("customer_id", "month"),
    "fct_orders": ("order_id",),
    "fct_order_lapses": ("customer_id", "churned_at"),
    "kpi_mrr_bridge": ("period_grain", "period_start"),
    "kpi_churn": PERIOD,
    "kpi_retention_cohorts": ("cohort_month", "months_since"),
    "kpi_survival": ("dimension", "dimension_value", "tenure_days"),
    "kpi_lifetimes": PERIOD,
    "kpi_tenure_hazards": ("dimension", "dimension_value", "tenure_month"),
    "kpi_churn_reasons": (*PERIOD, "reason"),
    "kpi_churn_reason_mentions": (*PERIOD, "reason"),
    "kpi_churn_competitors": (*PERIOD, "competitor"),
    "kpi_inactivity": ("scenario", *PERIOD),
    "fct_customer_values": ("customer_id",),
    "kpi_customer_values": PERIOD,
    "kpi_churn_losses": PERIOD,
    "kpi_acquisition_costs": PERIOD,
    "kpi_metric_values": ("metric", *PERIOD),
}


@dataclass(frozen=True)
class Case:
    """One company: what the oracle says of it, and how to ask the build."""

    oracle: Oracle
    rows: Rows


@pytest.fixture(scope="module", params=[("duckdb", 13), ("duckdb", 41), ("postgres", 4)], ids=str)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A random company, built."""
    engine, number = request.param
    rng = random.Random(number)
    settings = nasty_settings(rng)
    company = NastySubscribers(rng, settings)
    rows = build_marts(
        company.raw, GRAINS, tmp_path_factory.mktemp("oracle_churn"), variables=settings.variables(),
        postgres=request.getfixturevalue("postgres_environment") if engine == "postgres" else None,
    )  # fmt: skip
    return Case(Worth(dict(company.raw.tables()), settings, reference()), rows)


def seed(name: str) -> list[dict[str, str]]:
    """Rows of a reference table."""
    with (PROJECT / "seeds" / "reference" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def reference() -> Reference:
    """The tables that people edit, as the oracle needs them."""
    reasons = seed("churn_reasons")
    codes = {row["reason"]: row["reason"] for row in reasons if row["reason"] != "unknown"}
    return Reference(
        codes | {row["raw_value"]: row["reason"] for row in seed("churn_reason_values")},
        {row["reason"] for row in reasons if row["is_avoidable"] == "true"},
        {row["metric"]: float(row["practical_delta"]) for row in seed("metrics") if row["practical_delta"]},
    )


def key_of(row: Row, grain: Sequence[str]) -> Key:
    """The key of a row; where `all` begins is told by the data of every subject, and the oracle sees one."""
    return tuple(
        None if name == "period_start" and row["period_grain"] == "all" else row[name] for name in grain
    )


def measured(case: Case, mart: str) -> dict[Key, Row]:
    """Rows of a mart by key: those of the breakdowns and metrics that the oracle tells."""
    found: dict[Key, Row] = {}
    grain = GRAINS[mart]
    for row in case.rows(mart):
        if row.get("dimension", "total") not in LABELS or row.get("metric", "nrr") not in case.oracle.METRICS:
            continue
        key = key_of(row, grain)
        assert key not in found, f"two rows of {key}"
        found[key] = row
    return found


def equal(column: str, value: Any, expected: Any) -> bool:
    """Exactly equal; fractions to a millionth of the larger of them and 1.

    An adjusted p is up to some twenty times a p whose normal distribution is exact to 7e-8 (METRICS §0.5).
    """
    numbers = (float, Decimal)
    if isinstance(value, numbers) and isinstance(expected, numbers):
        tolerance = 3e-6 if column == "p_adjusted" else 1e-6
        return abs(float(value) - float(expected)) <= tolerance * max(1.0, abs(float(expected)))
    return bool(value == expected)


@pytest.mark.parametrize("mart", GRAINS)
def test_the_mart_equals_the_oracle(case: Case, mart: str) -> None:
    found = measured(case, mart)
    grain = GRAINS[mart]
    expected = {
        key_of(dict(zip(grain, key, strict=True)), grain): row
        for key, row in getattr(case.oracle, mart)().items()
    }
    assert expected, "the company has nothing to say about this mart"
    assert [key for key in expected if key not in found] == []
    # Cells in which nobody is counted say nothing.
    assert [key for key, row in found.items() if key not in expected and row.get("base", 1)] == []
    differences = [
        f"{key} {column}: {found[key][column]}, and the oracle says {value}"
        for key, row in expected.items()
        for column, value in row.items()
        if not equal(column, found[key][column], value)
    ]
    assert not differences, "\n".join(differences[:10])


def nearest(oracle: Oracle, churn: Churn) -> list[Cancellation]:
    """The cancellations as near to a churn as the one that speaks of it, of other requests."""
    return [
        row
        for row in oracle.raw.cancellations
        if churn.cancellation
        and row.customer_id == churn.life.customer_id
        and abs(row.on - churn.end) == abs(churn.cancellation.on - churn.end)
    ]


def test_the_company_is_as_nasty_as_it_says(case: Case) -> None:
    oracle = case.oracle
    lives, churns = oracle.lives.values(), oracle.churns
    subscribed = {row.customer_id for row in oracle.raw.subscriptions}
    moved = [row["movement"] for row in oracle.fct_customer_months().values()]
    happenings = {
        "a second relationship": [life for life in lives if len(life.spells) > 1],
        "a gap carried over": [
            life
            for life in lives
            for on in life.states
            if on not in life.paying.keys() | life.paused_for.keys()
        ],
        "pauses that ran out": [churn for churn in churns if churn.churn_type == "pause_expired"],
        "provisional": [churn for churn in churns if churn.is_provisional],
        "two requests as near": [churn for churn in churns if len(nearest(oracle, churn)) > 1],
        "contributing reasons": [churn for churn in churns if len(churn.evidence) > 1],
        "exit surveys": [churn for churn in churns if churn.source == "exit_survey"],
        "unknown customers": [life for life in lives if life.customer_id not in oracle.raw.customers],
        "test customers": oracle.raw.tests,
        "buyers alone": oracle.purchases.keys() - subscribed,
        "resumed": [movement for movement in moved if movement == "resume"],
        "came back": [movement for movement in moved if movement == "reactivation"],
    }
    assert [name for name, found in happenings.items() if not found] == []
