"""Bots, staff, service, journey and web of random companies equal oracles that know the texts alone."""

import dataclasses
import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import oracle_feedback
import oracle_journey
import oracle_support
import oracle_web
import pytest
from nasty_company import NastyCompany
from nasty_helpdesk import nasty_settings
from oracle_build import Key, Row, Rows, build_marts
from oracle_feedback import Facts
from oracle_journey import Journey
from oracle_support import Support
from oracle_web import Web

PERIOD = ("period_grain", "period_start", "dimension", "dimension_value")
GRAINS = {
    "fct_bot_conversations": ("ticket_id",),
    "kpi_bots": PERIOD,
    "fct_staff_outcomes": ("metric", "outcome_id"),
    "kpi_staff": ("metric", *PERIOD),
    "fct_detractor_cases": ("response_id",),
    "kpi_closed_loop": ("programme", *PERIOD),
    "fct_contact_issues": ("customer_id", "topic", "issue_number"),
    "kpi_contact_issues": PERIOD,
    "kpi_journey_stages": ("metric", "period_grain", "period_start", "stage", "channel"),
    "fct_web_sessions": ("session_id",),
    "kpi_metric_values": ("metric", "programme", *PERIOD),
}
CODES = oracle_support.CODES | oracle_journey.CODES | oracle_web.CODES
# Small bases, so that a small company has every kind of row.
BASES = {"agent_min_base": 6, "min_base_reliable": 12, "min_base_p90": 20}
# Approximations that METRICS §0.5 allows for p and t, times the tests that Holm multiplies with.
TOLERANCES = {"p_value": 1e-5, "p_adjusted": 1e-4, "change_ci_low": 1e-5, "change_ci_high": 1e-5}
# Squares of minutes are summed as decimals, which a cell of five replies within a second can see.
TOLERANCES |= {"ci_low": 2e-6, "ci_high": 2e-6}


@dataclass(frozen=True)
class Case:
    """One company: what the oracles say of it, and how to ask the build."""

    support: Support
    journey: Journey
    web: Web
    rows: Rows

    def expected(self, mart: str) -> dict[Key, Row]:
        """The oracles' rows of a mart."""
        expected: dict[Key, Row] = {}
        for oracle in (self.support, self.journey, self.web):
            expected |= getattr(oracle, mart)() if mart in vars(type(oracle)) else {}
        return expected


@pytest.fixture(scope="module", params=[("duckdb", 7), ("postgres", 10)], ids=str)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A random company, built."""
    engine, seed = request.param
    rng = random.Random(seed)
    settings = nasty_settings(rng)
    company = NastyCompany(rng, settings)
    rows = build_marts(
        company.raw, [*GRAINS, "kpi_mix_effects"], tmp_path_factory.mktemp("oracle_company"),
        variables=settings.variables() | BASES,
        postgres=request.getfixturevalue("postgres_environment") if engine == "postgres" else None,
    )  # fmt: skip
    bases = {name: base for name, base in BASES.items() if name != "agent_min_base"}
    settings = dataclasses.replace(settings, **bases)
    tables = dict(company.raw.tables())
    facts = Facts(
        tables,
        oracle_feedback.Settings(
            settings.as_of, settings.source_zone, settings.reporting_zone,
            min_base_reliable=settings.min_base_reliable,
        ),
    )  # fmt: skip
    support = Support(tables, settings, facts, agent_min_base=BASES["agent_min_base"])
    return Case(support, Journey(support, facts), Web(facts), rows)


def plain(row: Row) -> Row:
    """PostgreSQL gives decimals for some sums."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def equal(column: str, measured: Any, expected: Any) -> bool:
    """Exactly equal, numbers to a millionth."""
    if isinstance(measured, float | int) and isinstance(expected, float | int):
        return abs(measured - expected) <= TOLERANCES.get(column, 1e-6) * max(1, abs(expected))
    return bool(measured == expected)


def by_grain(rows: Sequence[Row], grain: Sequence[str]) -> dict[Key, Row]:
    """Rows by their key."""
    found: dict[Key, Row] = {}
    for row in rows:
        key = tuple(row[name] for name in grain)
        assert key not in found, f"two rows of {key}"
        found[key] = row
    return found


@pytest.mark.parametrize("mart", GRAINS)
def test_the_mart_equals_the_oracle(case: Case, mart: str) -> None:
    rows = [plain(row) for row in case.rows(mart)]
    told = rows if mart != "kpi_metric_values" else [row for row in rows if row["metric"] in CODES]
    measured, expected = by_grain(told, GRAINS[mart]), case.expected(mart)
    assert expected, "the company has nothing to say about this mart"
    assert measured.keys() == expected.keys()
    differences = [
        f"{key} {column}: {measured[key][column]}, and the oracle says {value}"
        for key, row in expected.items()
        for column, value in row.items()
        if not equal(column, measured[key][column], value)
    ]
    assert not differences, "\n".join([f"{len(differences)} differences", *differences[:10]])


def test_what_is_taken_apart_is_the_published_total(case: Case) -> None:
    """Rate, mix and both make up the change of the total (METRICS §2.5.5), and of no other number."""
    totals = {
        (row["metric"], row["programme"], row["period_grain"], row["period_start"]): row
        for row in map(plain, case.rows("kpi_metric_values"))
        if row["dimension"] == "total"
    }
    effects = [plain(row) for row in case.rows("kpi_mix_effects")]
    assert {row["metric"] for row in effects} >= {
        "csat_t2b",
        "csat_pomp",
        "fcr",
        "nps_rel",
        "nps_account",
        "loop_on_time_rate",
        "bounce_rate",
    }
    for row in effects:
        total = totals[row["metric"], row["programme"], row["period_grain"], row["period_start"]]
        parts = sum(row[f"{name}_effect"] for name in ("rate", "mix", "interaction"))
        assert [row["base"], row["value"], row["change"], parts] == pytest.approx(
            [total["base"], total["value"], total["change"], total["change"]], abs=1e-6
        ), row


def test_the_company_is_as_nasty_as_it_says(case: Case) -> None:
    """Every branch of the oracles is taken."""
    support, journey = case.support, case.journey
    talks, staff = support.fct_bot_conversations().values(), support.kpi_staff().values()
    answers = {key[1]: row for key, row in support.fct_staff_outcomes().items() if key[0] == "csat_t2b"}
    cases, issues = journey.cases, journey.fct_contact_issues()
    months = [cell for cell in journey.kpi_journey_stages() if cell[1] == "month"]
    raw, lives = support.raw, support.lives
    happenings = {
        **{
            name: [x for x in talks if x["outcome"] == name] for name in ("handed_off", "solved", "abandoned")
        },
        "bots whose customers came back": [
            x for x in talks if x["outcome"] == "solved" and x["is_recontacted"]
        ],
        "bots that helped": [x for x in talks if x["is_contained"] and x["is_mature"]],
        "not ripe": [x for x in talks if x["outcome"] != "running" and not x["is_mature"]],
        "handed over by being assigned": [
            x for x in talks if x["handed_off_at"] not in (None, *first(lives))
        ],
        "reopened before the end": [
            name
            for (name,), row in support.fct_bot_conversations().items()
            if row["ended_at"] and any(at < row["ended_at"] for at in lives[name].reopened_at)
        ],
        "bots after the solution": [
            life
            for life in lives.values()
            if life.solved_at and any(x.is_bots and x.at > life.solved_at[0] for x in life.messages)
        ],
        "answers about merged tickets": [
            name
            for name, row in answers.items()
            if row["ticket_id"] not in (None, support.responses[name.split("|")[0]]["ticket_id"])
        ],
        "answers on another scale": [
            x
            for x in support.facts.votes("quarter")
            if (x.metric, x.response.programme) == ("csat", "transactional")
            and "|".join(map(str, x.key)) not in answers
        ],
        "answers of no ticket": [row for row in answers.values() if row["ticket_id"] is None],
        "automated staff": [x for x in support.fct_staff_outcomes().values() if x["is_automated"]],
        "units that differ": [x for x in staff if x["prior_alpha"] is not None],
        "units that do not": [x for x in staff if x["rate"] is not None and x["prior_alpha"] is None],
        "over-dispersion": [x for x in staff if x["tau2"]],
        "hidden units": [x for x in staff if x["publish_status"] == "suppressed"],
        "opened by effort": [x for x in cases if x.opened_by == "ces"],
        "opened by satisfaction": [x for x in cases if x.opened_by == "csat"],
        "called by a bot alone": [x for x in cases if x.owner_id in ("robot", "rule") and not x.contacted_at],
        "called in time": [x for x in cases if x.is_on_time],
        "called too late": [x for x in cases if x.contacted_at and not x.is_on_time],
        "called after the next answer": [
            x for x in cases if x.contacted_at and x.is_asked_again and not x.is_contacted_first
        ],
        "recovered": [x for x in cases if x.is_recovered],
        "opened on no working day": [
            x
            for x in cases
            if not journey._is_working_day(x.at.astimezone(support.settings.reporting_zone).date())
        ],
        "switches": [x for x in issues.values() if x["is_switched"]],
        "second issues": [key for key in issues if key[2] > 1],
        "contacts to come": [
            row
            for row in raw.tables["crm", "touchpoints"]
            if row.get("topic") and journey._instant(row["occurred_at"]) > support.settings.as_of  # type: ignore[operator]
        ],
        **{
            f"visits left out as {reason}": [x for x, _ in case.web.visits.values() if x == reason]
            for reason in ("internal", "bot", "test_customer", "over_a_day", "without_events")
        },
        "visits without a visitor": [x for x in case.web.fct_web_sessions().values() if not x["user_id"]],
        "unmapped stages": [cell for cell in months if cell[3] == "unmapped"],
        "channels of tickets": [cell for cell in months if cell[4] == "E-mail"],
    }
    assert [name for name, found in happenings.items() if not found] == []


def first(lives: dict[str, Any]) -> list[Any]:
    """Instants at which persons first replied."""
    return [next((x.at for x in life.messages if x.is_human), None) for life in lives.values()]
