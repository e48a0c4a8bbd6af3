"""Random answer sets through the whole warehouse, against the rules D10-D22 written again in Python.

Statistics are those of numpy, scipy and statsmodels. Each example is a survey with respondents of its own, so
that all of them go through one build on each engine.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import psycopg2
import pytest
from dbt_runner import Warehouse
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_folder import RawFolder
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportions_ztest,
)

approx = pytest.approx
SURVEYS = 60
FIRST = datetime(2025, 3, 20, 12, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
VARIABLES = {
    "as_of": "2031-06-01T00:00:00Z",
    "reporting_time_zone": "America/New_York",
    "min_base_publish": 1,
}
ATTRIBUTES = ("price", "quality", "staff")
SATISFIED = {(0, 1): 1, (1, 3): 3, (1, 5): 4, (1, 7): 6, (1, 10): 9, (0, 10): 9}
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
Z = 1.959963984540054


@dataclass(frozen=True)
class Question:
    """One question; key is unique within its survey."""

    key: str
    metric: str
    low: int
    high: int
    direction: int = 1
    attribute: str | None = None


@dataclass
class Answer:
    """Versions of one answer as (text, days after the response or None for the original)."""

    question: Question
    versions: list[tuple[str | None, float | None]]


@dataclass
class Response:
    """One response of respondent number `who`; None answers through an open link, unnamed."""

    who: int | None
    at: datetime
    status: str | None
    invitation: int | None
    answers: list[Answer]
    sent_after: timedelta | None = None
    response_id: str = ""


@dataclass
class Survey:
    """A survey and everybody who answered it."""

    programme: str
    questions: list[Question]
    responses: list[Response]
    employees: set[int]
    strangers: set[int]
    survey_id: str = ""
    comment: Question = field(default_factory=lambda: Question("comment", "comment", 0, 0))


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    """Few people, many answers, close together: what the rules about repetition are for."""
    low, high = draw(st.sampled_from(sorted(SATISFIED)))
    questions = [
        Question("nps", "nps", 0, 10),
        Question("csat", "csat", low, high, draw(st.sampled_from([1, 1, -1]))),
        Question("ease", "ces2", 1, 7),
        *(Question(name, "csi", 1, 10, 1, name) for name in ATTRIBUTES),
        *(Question(f"{name}_weight", "csi_importance", 1, 10, 1, name) for name in ATTRIBUTES),
    ]
    survey = Survey(
        draw(
            st.sampled_from(["relational", "relational", "transactional", "transactional", "exit", "study"])
        ),
        questions,
        [],
        draw(st.sets(st.integers(0, 5), max_size=1)),
        draw(st.sets(st.integers(0, 5), max_size=1)),
    )
    at = FIRST + draw(st.integers(0, 400)) * DAY
    gaps = st.one_of(
        st.integers(0, 11).map(lambda n: n * MINUTE),
        st.integers(0, 70).map(lambda n: n * DAY),
        st.sampled_from([30 * DAY, 30 * DAY - MINUTE, 7 * timedelta(hours=1)]),
    )
    for _ in range(draw(st.integers(1, 22))):
        at += draw(gaps)
        response = Response(
            draw(st.sampled_from([None, 0, 0, 1, 2, 3, 4, 5, 6, 7])),
            at,
            draw(st.sampled_from([None, "complete", "complete", "partial", "preview", "spam"])),
            draw(st.sampled_from([None, None, 1, 2, 3])),
            [],
            draw(st.sampled_from([None, None, 5 * MINUTE, -3 * DAY, 6 * MINUTE])),
        )
        if survey.responses and draw(st.integers(0, 3)) == 0:
            response.who = survey.responses[-1].who
            response.answers = survey.responses[-1].answers
        else:
            response.answers = [
                Answer(question, draw(versions(question)))
                for question in [*questions, survey.comment]
                if draw(st.integers(0, 4))
            ]
        survey.responses.append(response)
    return survey


@st.composite
def versions(draw: st.DrawFn, question: Question) -> list[tuple[str | None, float | None]]:
    """One version mostly; sometimes an edit on either side of the window, a skip, or no score at all."""
    if question.metric == "comment":
        return [(draw(st.sampled_from(["fine", "poor", None])), None)]
    score = st.integers(question.low, question.high).map(str)
    value = st.one_of(score, score, score, score, st.sampled_from([None, " 3 ", "3.0", "2.5", "99", "n"]))
    found = [(draw(value), None)]
    for days in draw(st.sampled_from([[], [], [], [2.0], [7.0], [8.0], [1.0, 6.0], [3.0, 9.0]])):
        found.append((draw(value), days))
    return found


def examples() -> list[Survey]:
    """The surveys of this run, always the same, with keys."""
    found: list[Survey] = []

    @settings(max_examples=SURVEYS, database=None, derandomize=True, deadline=None)
    @given(surveys())
    def collect(survey: Survey) -> None:
        found.append(survey)

    collect()
    for number, survey in enumerate(found):
        survey.survey_id = f"S{number:03}"
        for order, response in enumerate(survey.responses):
            response.response_id = f"S{number:03}-{order:02}"
    return found


def iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def invitation_of(survey: Survey, response: Response) -> str | None:
    """Invitations with a sending of their own are another one for each response."""
    if response.sent_after is not None:
        return f"{response.response_id}-I"
    return None if response.invitation is None else f"{survey.survey_id}-I{response.invitation}"


def raw_rows(cases: list[Survey]) -> RawFolder:
    raw = RawFolder()
    raw.add("crm", "customers", customer_id="stranger", is_test="true")
    raw.add("crm", "customers", customer_id="somebody", is_test="false")
    for survey in cases:
        raw.add(
            "surveys", "surveys", survey_id=survey.survey_id, programme=survey.programme,
            touchpoint=survey.survey_id,
        )  # fmt: skip
        for question in [*survey.questions, survey.comment]:
            raw.add(
                "surveys", "questions", question_id=f"{survey.survey_id}.{question.key}",
                survey_id=survey.survey_id, metric=question.metric, attribute=question.attribute,
                direction=question.direction,
                scale_min=None if question.metric == "comment" else question.low,
                scale_max=None if question.metric == "comment" else question.high,
            )  # fmt: skip
        for person in range(8):
            raw.add(
                "crm", "contacts", contact_id=f"{survey.survey_id}-P{person}",
                customer_id="stranger" if person in survey.strangers
                else f"{survey.survey_id}-C{person // 2}",
                is_employee=str(person in survey.employees).lower(),
            )  # fmt: skip
        for response in survey.responses:
            invitation = invitation_of(survey, response)
            if response.sent_after is not None:
                raw.add(
                    "surveys", "invitations", invitation_id=invitation, survey_id=survey.survey_id,
                    sent_at=iso(response.at + response.sent_after),
                )  # fmt: skip
            raw.add(
                "surveys", "responses", response_id=response.response_id, survey_id=survey.survey_id,
                invitation_id=invitation, responded_at=iso(response.at), status=response.status,
                contact_id=None if response.who is None else f"{survey.survey_id}-P{response.who}",
            )  # fmt: skip
            for answer in response.answers:
                for value, days in answer.versions:
                    raw.add(
                        "surveys", "answers", response_id=response.response_id,
                        question_id=f"{survey.survey_id}.{answer.question.key}", value=value,
                        updated_at=None if days is None else iso(response.at + days * DAY),
                    )  # fmt: skip
    return raw


@dataclass(frozen=True)
class Valid:
    """A valid scored answer as the rules see it."""

    survey: Survey
    response: Response
    question: Question
    respondent: str
    cluster: str
    at: datetime
    day: date
    score: float

    @property
    def pomp(self) -> float:
        """0-100 between the ends of the scale."""
        return 100 * (self.score - self.question.low) / (self.question.high - self.question.low)

    @property
    def key(self) -> tuple[str, str]:
        """Response and question."""
        return self.response.response_id, self.question.key


def counted_value(answer: Answer, moved: timedelta) -> str | None:
    """D12: the newest acceptable version within seven days of the response, else the oldest after them."""
    acceptable = []
    for value, days in answer.versions:
        if value is not None and answer.question.metric != "comment":
            try:
                number = float(value)
            except ValueError:
                continue
            if number != int(number) or not answer.question.low <= number <= answer.question.high:
                continue
        acceptable.append((value.strip() if value else None, days))
    limit = 7 + moved / DAY
    in_time = [version for version in acceptable if version[1] is None or version[1] <= limit]
    if in_time:
        return max(in_time, key=lambda version: -1 if version[1] is None else version[1])[0]
    return min(acceptable, key=lambda version: version[1] or 0)[0] if acceptable else None


def valid_answers(survey: Survey) -> list[Valid]:
    """D11-D15 and D21: what is left of a survey's answers."""
    kept: list[tuple[Response, datetime, dict[Question, str]]] = []
    for response in survey.responses:
        sent = None if response.sent_after is None else response.at + response.sent_after
        if sent is not None and response.at < sent - 5 * MINUTE:
            continue
        at = response.at if sent is None else max(response.at, sent)
        if response.status not in (None, "complete", "partial"):
            continue
        if response.who is not None and response.who in survey.employees | survey.strangers:
            continue
        values = {
            answer.question: value
            for answer in response.answers
            if (value := counted_value(answer, at - response.at)) is not None
        }
        kept.append((response, at, values))
    kept.sort(key=lambda item: (item[1], item[0].response_id))
    found = []
    for order, (response, at, values) in enumerate(kept):
        if any(
            response.who is not None
            and earlier.who == response.who
            and values
            and earlier_values == values
            and at - earlier_at <= 10 * MINUTE
            and (
                None in (invitation_of(survey, response), invitation_of(survey, earlier))
                or invitation_of(survey, response) == invitation_of(survey, earlier)
            )
            for earlier, earlier_at, earlier_values in kept[:order]
        ):
            continue
        who = response.response_id if response.who is None else f"P{response.who}"
        cluster = who if response.who is None else f"C{response.who // 2}"
        for question, value in values.items():
            if question.metric != "comment":
                number = float(value)
                score = number if question.direction == 1 else question.low + question.high - number
                found.append(
                    Valid(survey, response, question, who, cluster, at, at.astimezone(ZONE).date(), score)
                )
    return found


def period(grain: str, day: date, first: date) -> date:
    match grain:
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "year":
            return day.replace(month=1, day=1)
    return first


def latest(answers: list[Valid], place: Callable[[Valid], Any]) -> set[tuple[str, str]]:
    """The key of the latest answer of each place."""
    newest: dict[Any, Valid] = {}
    for answer in sorted(answers, key=lambda one: (one.at, one.response.response_id)):
        newest[place(answer)] = answer
    return {answer.key for answer in newest.values()}


def votes(answers: list[Valid]) -> set[tuple[str, str]]:
    """D16 and D17 of one survey's answers, as is_vote says it."""
    survey = answers[0].survey
    if survey.programme == "relational":
        return latest(
            answers,
            lambda one: (one.respondent, one.question.key, period("quarter", one.day, one.day)),
        )
    everything = {answer.key for answer in answers}
    if survey.programme != "transactional":
        return everything
    of_interactions = [one for one in answers if one.question.metric in ("nps", "csat", "ces2")]
    counted = latest(
        of_interactions,
        lambda one: (one.question.key, invitation_of(survey, one.response) or one.response.response_id),
    )
    lost = set()
    for one in of_interactions:
        for other in of_interactions:
            later = (other.at, other.response.response_id) > (one.at, one.response.response_id)
            if (
                later
                and other.respondent == one.respondent
                and other.question == one.question
                and other.at - one.at < 30 * DAY
            ):
                lost.add(one.key)
    return everything - {one.key for one in of_interactions} | (counted - lost)


class Expected:
    """What the marts should hold."""

    def __init__(self, cases: list[Survey]) -> None:
        """Apply the rules to every survey."""
        self.answers = {survey.survey_id: valid_answers(survey) for survey in cases}
        everything = [answer for answers in self.answers.values() for answer in answers]
        self.first = min(answer.day for answer in everything).replace(day=1)
        self.weights = self.index_weights(everything)
        self.votes = {key for answers in self.answers.values() if answers for key in votes(answers)}
        self.scores = self.index_scores(everything)

    def index_weights(self, answers: list[Valid]) -> dict[tuple[str, int], dict[str, float]]:
        """D20: mean stated importance of the programme's year; equal where nobody stated one."""
        stated: dict[tuple[str, int], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for answer in answers:
            if answer.question.metric in ("csi", "csi_importance"):
                place = stated[answer.survey.programme, answer.day.year]
                if answer.question.metric == "csi_importance" and answer.question.attribute:
                    place[answer.question.attribute].append(answer.score)
        return {
            place: {name: float(np.mean(values)) for name, values in importances.items()}
            or dict.fromkeys(ATTRIBUTES, 1.0)
            for place, importances in stated.items()
        }

    def index_scores(self, answers: list[Valid]) -> dict[str, tuple[Valid, float]]:
        """The weighted index of each response that rated half of the weight."""
        rated: dict[str, list[Valid]] = defaultdict(list)
        for answer in answers:
            if answer.question.metric == "csi":
                rated[answer.response.response_id].append(answer)
        found = {}
        for response_id, attributes in rated.items():
            weights = self.weights[attributes[0].survey.programme, attributes[0].day.year]
            known = [(weights.get(one.question.attribute or "", 0.0), one.pomp) for one in attributes]
            answered = sum(weight for weight, _ in known)
            if answered / sum(weights.values()) >= 0.5 - 1e-9:
                score = sum(weight * pomp for weight, pomp in known) / answered
                found[response_id] = (attributes[0], score)
        return found

    def units(self, survey: Survey, metric: str, grain: str) -> dict[date, list[Valid]]:
        """The votes of each period; relational ones are chosen anew for each grain."""
        answers = [one for one in self.answers[survey.survey_id] if one.question.metric == metric]
        if survey.programme == "relational":
            counted = latest(answers, lambda one: (one.respondent, period(grain, one.day, self.first)))
        else:
            counted = self.votes
        found: dict[date, list[Valid]] = defaultdict(list)
        for answer in answers:
            if answer.key in counted:
                found[period(grain, answer.day, self.first)].append(answer)
        return found

    def index_units(self, survey: Survey, grain: str) -> dict[date, list[float]]:
        """The index of the latest scored response of each respondent and period."""
        newest: dict[tuple[date, str], tuple[datetime, str, float]] = {}
        for response_id, (answer, score) in self.scores.items():
            if answer.survey is survey:
                place = (period(grain, answer.day, self.first), answer.respondent)
                newest[place] = max(
                    newest.get(place, (FIRST - DAY, "", 0.0)), (answer.at, response_id, score)
                )
        found: dict[date, list[float]] = defaultdict(list)
        for (start, _), (_, _, score) in newest.items():
            found[start].append(score)
        return found


@pytest.fixture(scope="module")
def cases() -> list[Survey]:
    return examples()


@pytest.fixture(scope="module")
def expected(cases: list[Survey]) -> Expected:
    return Expected(cases)


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def query(
    request: pytest.FixtureRequest, cases: list[Survey], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """Rows of a query over the marts that each engine built from the cases."""
    folder = raw_rows(cases).write(tmp_path_factory.mktemp("answers"))
    settings_: Mapping[str, str] = {}
    variables: dict[str, Any] = {**VARIABLES, "raw": "files", "raw_path": str(folder)}
    if request.param == "postgres":
        settings_ = request.getfixturevalue("postgres_environment")
        variables = {**VARIABLES, "raw": "schema"}
        load(folder, settings_)
    warehouse = Warehouse(tmp_path_factory.mktemp(f"answers_{request.param}"), settings_)
    warehouse.dbt(
        "build", "--select", "+kpi_metric_values", "+kpi_nps", "+fct_survey_answers", "+fct_survey_responses",
        "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test", variables=variables,
    )  # fmt: skip
    connection: Any = (
        connect(settings_) if settings_ else duckdb.connect(str(warehouse.build_file), read_only=True)
    )
    cursor = connection.cursor()

    def rows(sql: str) -> list[tuple[Any, ...]]:
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()]

    yield rows
    connection.close()


def connect(settings_: Mapping[str, str]) -> Any:
    return psycopg2.connect(
        host=settings_["CX_POSTGRES_HOST"],
        port=settings_["CX_POSTGRES_PORT"],
        user=settings_["CX_POSTGRES_USER"],
        password=settings_["CX_POSTGRES_PASSWORD"],
        dbname=settings_["CX_POSTGRES_DATABASE"],
    )


def load(folder: Path, settings_: Mapping[str, str]) -> None:
    """The raw files as text tables in the schemas a loader would fill."""
    with connect(settings_) as connection, connection.cursor() as cursor:
        for path in sorted(folder.glob("*/*.csv")):
            table = f"raw_{path.parent.name}.{path.stem}"
            with path.open(encoding="utf-8") as file:
                columns = ", ".join(f"{name} text" for name in file.readline().strip().split(","))
                cursor.execute(f"create schema if not exists raw_{path.parent.name}")
                cursor.execute(f"drop table if exists {table} cascade")
                cursor.execute(f"create table {table} ({columns})")
                cursor.copy_expert(f"copy {table} from stdin (format csv)", file)


def test_the_same_answers_are_valid_and_the_same_are_votes(
    query: Callable[[str], list[tuple[Any, ...]]], expected: Expected
) -> None:
    got = {
        (response, question.split(".")[1]): (score, at.replace(tzinfo=UTC), is_vote)
        for response, question, score, at, is_vote in query(
            "select response_id, question_id, score, responded_at, is_vote from marts.fct_survey_answers"
        )
    }
    wanted = {
        one.key: (one.score, one.at, one.key in expected.votes)
        for answers in expected.answers.values()
        for one in answers
    }
    assert len(wanted) > 1000
    assert got == wanted


def test_the_same_responses_have_the_same_index(
    query: Callable[[str], list[tuple[Any, ...]]], expected: Expected
) -> None:
    got = dict(
        query("select response_id, csi_score from marts.fct_survey_responses where csi_score is not null")
    )
    assert len(got) > 100
    assert got == {key: approx(score, abs=1e-8) for key, (_, score) in expected.scores.items()}


def net_interval(votes_: np.ndarray[Any, Any], widening: float) -> tuple[float, float]:
    """Adjusted Wald: three votes more, a quarter of them promoters and a quarter detractors."""
    n = len(votes_) + 3
    p, d = (np.sum(votes_ == 1) + 0.75) / n, (np.sum(votes_ == -1) + 0.75) / n
    half = widening * Z * np.sqrt((p + d - (p - d) ** 2) / n)
    return max(-100.0, 100 * (p - d - half)), min(100.0, 100 * (p - d + half))


def test_nps_with_its_error_and_interval(
    query: Callable[[str], list[tuple[Any, ...]]], cases: list[Survey], expected: Expected
) -> None:
    got = {
        row[:3]: row[3:]
        for row in query(
            "select dimension_value, period_grain, period_start, promoters, passives, detractors, nps,"
            " standard_error, ci_low, ci_high from marts.kpi_nps where dimension = 'survey'"
        )
    }
    compared = 0
    for survey in cases:
        for grain in ("month", "quarter", "year", "all"):
            for start, units in expected.units(survey, "nps", grain).items():
                values = np.array([1 if one.score >= 9 else 0 if one.score >= 7 else -1 for one in units])
                n, mean = len(values), values.mean()
                error, widening = values.std() / np.sqrt(n), 1.0
                groups: dict[str, float] = defaultdict(float)
                for one, value in zip(units, values, strict=True):
                    groups[one.cluster] += value - mean
                if survey.programme == "transactional" and len(groups) > 1:
                    spread = sum(total**2 for total in groups.values())
                    clustered = np.sqrt(len(groups) / (len(groups) - 1) * spread) / n
                    widening = max(1.0, clustered / error) if error > 0 else 1.0
                    error = clustered
                row = got.pop((survey.survey_id, grain, start))
                assert row[:3] == tuple(np.sum(values == vote) for vote in (1, 0, -1))
                assert row[3:5] == approx((100 * mean, 100 * error), abs=1e-8)
                assert row[5:] == approx(net_interval(values, widening), abs=1e-8)
                compared += 1
    assert not got
    assert compared > 300


def measured(
    query: Callable[[str], list[tuple[Any, ...]]], metric: str
) -> dict[tuple[str, str, date], dict[str, Any]]:
    """The rows of a metric by survey, grain and period."""
    names = (
        "base", "value", "ci_low", "ci_high", "previous_value", "change_ci_low", "change_ci_high", "p_value",
        "p_adjusted", "programme",
    )  # fmt: skip
    return {
        row[:3]: dict(zip(names, row[3:], strict=True))
        for row in query(
            f"select dimension_value, period_grain, period_start, {', '.join(names)}"
            f" from marts.kpi_metric_values where metric = '{metric}' and dimension = 'survey'"
        )
    }


def before(grain: str, start: date) -> date | None:
    months = {"month": 1, "quarter": 3, "year": 12}.get(grain)
    if months is None:
        return None
    year, month = divmod(start.year * 12 + start.month - 1 - months, 12)
    return date(year, month + 1, 1)


def test_satisfied_shares_agree_with_statsmodels(
    query: Callable[[str], list[tuple[Any, ...]]], cases: list[Survey], expected: Expected
) -> None:
    compared = tested = 0
    for metric, source in (("csat_t2b", "csat"), ("ces2_pct", "ces2")):
        got = measured(query, metric)
        for survey in cases:
            for grain in ("month", "quarter", "year", "all"):
                counts = {
                    start: (
                        sum(
                            one.score
                            >= (5 if source == "ces2" else SATISFIED[one.question.low, one.question.high])
                            for one in units
                        ),
                        len(units),
                    )
                    for start, units in expected.units(survey, source, grain).items()
                }
                for start, (x, n) in counts.items():
                    row = got.pop((survey.survey_id, grain, start))
                    assert (row["base"], row["value"]) == (n, approx(x / n))
                    interval = proportion_confint(x, n, method="wilson")
                    assert (row["ci_low"], row["ci_high"]) == approx(interval, abs=1e-9)
                    compared += 1
                    previous = counts.get(before(grain, start) or date.min)
                    if previous is None:
                        assert row["p_value"] is None
                        continue
                    assert row["previous_value"] == approx(previous[0] / previous[1])
                    interval = confint_proportions_2indep(x, n, *previous, method="newcomb", compare="diff")
                    assert (row["change_ci_low"], row["change_ci_high"]) == approx(interval, abs=1e-9)
                    if 0 < x + previous[0] < n + previous[1]:
                        p = proportions_ztest([x, previous[0]], [n, previous[1]])[1]
                        assert row["p_value"] == approx(p, abs=2e-7)
                        tested += 1
                    else:
                        assert row["p_value"] is None
        assert not got
    assert compared > 500
    assert tested > 50


def test_means_and_indices_agree_with_scipy(
    query: Callable[[str], list[tuple[Any, ...]]], cases: list[Survey], expected: Expected
) -> None:
    compared = tested = 0
    for metric in ("csat_mean", "csi"):
        got = measured(query, metric)
        for survey in cases:
            for grain in ("month", "quarter", "year", "all"):
                if metric == "csi":
                    samples = expected.index_units(survey, grain)
                else:
                    samples = {
                        start: [one.score for one in units]
                        for start, units in expected.units(survey, "csat", grain).items()
                    }
                for start, sample in samples.items():
                    row = got.pop((survey.survey_id, grain, start))
                    assert (row["base"], row["value"]) == (len(sample), approx(np.mean(sample), abs=1e-8))
                    if len(sample) > 1:
                        half = stats.t.ppf(0.975, len(sample) - 1) * stats.sem(sample)
                        low, high = np.mean(sample) - half, np.mean(sample) + half
                        assert (row["ci_low"], row["ci_high"]) == approx((low, high), abs=1e-4)
                    else:
                        assert row["ci_low"] is None
                    compared += 1
                    previous = samples.get(before(grain, start) or date.min)
                    if not previous or min(len(sample), len(previous)) < 2:
                        continue
                    if np.var(sample) + np.var(previous) > 1e-9:
                        welch = stats.ttest_ind(sample, previous, equal_var=False)
                        # Hill's transformation is rough below two degrees of freedom, which give no signal.
                        if welch.df >= 2:
                            tolerance = 5e-5 if welch.df >= 5 else 0.01
                            assert row["p_value"] == approx(welch.pvalue, abs=tolerance)
                        tested += 1
        assert not got
    assert compared > 500
    assert tested > 20


def test_holm_over_the_surveys_of_a_period(query: Callable[[str], list[tuple[Any, ...]]]) -> None:
    families: dict[tuple[str, ...], list[tuple[float, float]]] = defaultdict(list)
    for metric in ("nps_rel", "nps_txn", "csat_t2b", "csat_mean"):
        for (_, grain, start), row in measured(query, metric).items():
            if row["p_value"] is not None:
                place = (metric, row["programme"], grain, str(start))
                families[place].append((row["p_value"], row["p_adjusted"]))
    assert max(len(family) for family in families.values()) > 3
    for family in families.values():
        p_values, adjusted = zip(*family, strict=True)
        assert adjusted == approx(tuple(multipletests(p_values, method="holm")[1]), abs=1e-9)
        ordered = [one for _, one in sorted(family)]
        assert all(first <= second for first, second in pairwise(ordered))
