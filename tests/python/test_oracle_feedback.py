"""The feedback marts of random, nasty surveys equal an oracle that knows the texts and not the SQL."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from nasty_surveys import NastySurveys, nasty_settings
from oracle_build import Key, Row, Rows, build_marts
from oracle_feedback import Facts
from oracle_indices import IMPORTANCE_BASE, Indices
from oracle_scores import CODES, DIMENSIONS, Scores

PERIOD = ("period_grain", "period_start", "dimension", "dimension_value")
GRAINS = {
    "fct_survey_responses": ("response_id",),
    "fct_survey_answers": ("response_id", "question_id", "answer_no"),
    "fct_survey_invitations": ("invitation_id",),
    "kpi_nps": ("programme", *PERIOD),
    "kpi_csi_attributes": ("programme", "attribute", *PERIOD),
    "kpi_survey_funnel": ("survey_id", *PERIOD),
    "fct_comments": ("comment_id",),
    "fct_comment_themes": ("comment_id", "theme"),
    "kpi_comment_themes": ("source", "theme", *PERIOD),
    "kpi_survey_nonresponse": (
        "programme",
        "period_grain",
        "period_start",
        "frame_variable",
        "frame_value",
    ),
    "kpi_csi_channels": ("programme", "period_grain", "period_start", "channel_group"),
    "kpi_csi_importance": ("programme", "attribute", "period_grain", "period_start"),
    "kpi_survey_coverage": ("programme", *PERIOD),
    "kpi_csi_rollups": ("programme", "period_grain", "period_start"),
    "kpi_csi_studies": ("survey_id", "period_grain", "period_start"),
    "kpi_emotions": ("programme", "emotion", *PERIOD),
    "kpi_mix_effects": ("metric", "programme", "period_grain", "period_start", "dimension"),
    "kpi_metric_values": ("metric", "programme", *PERIOD),
}
# Approximations that METRICS §0.5 allows for p, times the tests that Holm multiplies with.
TOLERANCES = {"p_value": 1e-5, "p_adjusted": 1e-4}


@dataclass(frozen=True)
class Case:
    """One company: what the oracle says of it, and how to ask the build."""

    facts: Facts
    scores: Scores
    indices: Indices
    rows: Rows

    def expected(self, mart: str) -> dict[Key, Row]:
        """The oracle's rows of a mart."""
        knows = self.facts, self.scores, self.scores.voice, self.indices
        rows: dict[Key, Row] = next(getattr(one, mart) for one in knows if hasattr(one, mart))()
        return rows


@pytest.fixture(scope="module", params=[("duckdb", 1), ("postgres", 3)], ids=str)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A random company, built."""
    engine, seed = request.param
    rng = random.Random(seed)
    settings = nasty_settings(rng)
    company = NastySurveys(rng, settings)
    add_studies(company)
    rows = build_marts(
        company.raw, GRAINS, tmp_path_factory.mktemp("oracle_feedback"),
        variables=settings.variables() | {"derived_importance_min_base": IMPORTANCE_BASE},
        postgres=request.getfixturevalue("postgres_environment") if engine == "postgres" else None,
    )  # fmt: skip
    facts = Facts(dict(company.raw.tables()), settings)
    scores = Scores(facts)
    return Case(facts, scores, Indices(scores), lambda mart: [plain(row) for row in rows(mart)])


def add_studies(company: NastySurveys) -> None:
    """Two more studies of the same people: who is in both counts in both, by the latest that is complete.

    Their months lie before all others: what they ask on scales of their own makes up as many answers as the
    total of the programme has, and not the same ones.
    """
    raw, started = company.raw, company.first_day.replace(day=10) - timedelta(days=100)
    questions = {
        "twin": [("csi", "a"), ("csi", "b"), ("csi_importance", "a"), ("csi_importance", "b"), ("csi", "a"),
                 ("csat", None, 1, 5), ("csat", None, 0, 10)],
        "twin2": [("csi", "b"), ("csi_importance", "b"), ("csat", None, 0, 10)],
    }  # fmt: skip
    for survey, asked in questions.items():
        raw.add("surveys", "surveys", survey_id=survey, name=survey, programme="study")
        for number, (metric, attribute, *scale) in enumerate(asked):
            low, high = scale or (1, 10)
            raw.add(
                "surveys", "questions", question_id=f"{survey}_{number}", survey_id=survey, metric=metric,
                attribute=attribute, scale_min=low, scale_max=high,
            )  # fmt: skip
    for month, survey, person in product(range(2), questions, range(7)):
        name = f"{survey}{month}{person}"
        at = started + timedelta(days=31 * month, hours=person)
        # The last of them answers late in the month again, and not to everything.
        for response, later in ((name, 0), (f"{name}z", 9)) if person == 6 else ((name, 0),):
            raw.add(
                "surveys", "responses", response_id=response, survey_id=survey,
                contact_id=f"K{50 + person:03}", responded_at=company.written(at + timedelta(days=later)),
            )  # fmt: skip
            for number, (_, _, *scale) in enumerate(questions[survey]):
                if not later or number == 0:
                    low, high = scale or (1, 10)
                    value = low + (3 * person + 5 * month + 2 * number + later) % (high - low + 1)
                    raw.add(
                        "surveys",
                        "answers",
                        response_id=response,
                        question_id=f"{survey}_{number}",
                        value=value,
                    )
    # On the scale of one to five once more often, so that this is the survey's own.
    raw.add(
        "surveys", "responses", response_id="twin-x", survey_id="twin", contact_id="K049",
        responded_at=company.written(started - timedelta(days=70)),
    )  # fmt: skip
    raw.add("surveys", "answers", response_id="twin-x", question_id="twin_5", value=1)


def plain(row: Row) -> Row:
    """PostgreSQL gives decimals for some sums."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def is_told(mart: str, row: Row) -> bool:
    """True for the metrics and breakdowns that the oracle knows; it does not guess languages of texts."""
    is_of_texts = mart == "kpi_comment_themes" or row.get("metric") == "net_sentiment"
    return (
        row.get("dimension", "total") in ("total", *DIMENSIONS)
        and row.get("metric") in {None, *CODES}
        and not (is_of_texts and row["dimension"] == "language")
    )


def equal(column: str, measured: Any, expected: Any) -> bool:
    """Exactly equal, numbers to a millionth."""
    if isinstance(measured, float | int) and isinstance(expected, float | int):
        tolerance = TOLERANCES.get(column, 1e-6)
        return abs(measured - expected) <= tolerance * max(1, abs(expected))
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
    rows = case.rows(mart)
    told = rows if mart.startswith("fct_") else [row for row in rows if is_told(mart, row)]
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
