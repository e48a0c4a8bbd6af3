"""The feedback facts computed a second time, in plain Python, from the texts and not from the SQL.

Raw rows in; surveys' responses, answers, invitations and comments out, as dictionaries keyed by grain. It
knows RAW_CONTRACT, MARTS, METRICS §0, §2, §9.2 and §13, CLARIFICATIONS D1-D9 and D10-D22 and the page of
decisions on feedback, and makes no attempt to be fast. `oracle_scores` makes the KPIs of these facts.
"""

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from oracle_service import UTC_ZONE, RawTables, Row, boolean, day, instant, newest, text

REFERENCE = Path(__file__).resolve().parents[2] / "seeds" / "reference"
CES = ("ces5", "ces2", "ces1")
ACSI = ("acsi_overall", "acsi_expectation", "acsi_ideal")
SCORED = {"nps", "csat", *CES, "csi", "csi_importance", *ACSI}
IN_SCOPE = {"complete", "partial"}
PROGRAMMES = {"relational", "transactional", "exit", "study"}
STATUSES = {"complete", "partial", "screened_out", "preview", "test", "spam"}
AS_OF_EVENT = ("segment", "persona", "country", "region", "language")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def reference(name: str) -> list[dict[str, str]]:
    """A reference table, the part of the input that people edit."""
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Settings:
    """The variables of a build that the feedback subject reads."""

    as_of: datetime
    source_zone: ZoneInfo = UTC_ZONE
    reporting_zone: ZoneInfo = UTC_ZONE
    edit_window: timedelta = timedelta(days=7)
    double_submission: timedelta = timedelta(minutes=10)
    cooldown: timedelta = timedelta(days=30)
    min_base_publish: int = 5
    min_base_reliable: int = 30

    def local_date(self, instant: datetime) -> date:
        """Day of an instant in the reporting zone."""
        return instant.astimezone(self.reporting_zone).date()

    def response_window(self, programme: str) -> timedelta:
        """How long an answer counts for the rate (METRICS §2.1)."""
        return timedelta(days=30 if programme == "relational" else 14)

    def variables(self) -> dict[str, Any]:
        """The same as dbt variables."""
        return {
            "as_of": self.as_of.isoformat(),
            "source_time_zone": self.source_zone.key,
            "reporting_time_zone": self.reporting_zone.key,
        }


@dataclass(frozen=True)
class Question:
    """An accepted row of `questions`."""

    question_id: str
    survey_id: str
    metric: str
    attribute: str | None
    low: int
    high: int
    direction: int

    @property
    def is_scored(self) -> bool:
        """Scored, and not an NPS question on a scale of its own (D10, D22)."""
        return self.metric in SCORED and (self.metric != "nps" or (self.low, self.high) == (0, 10))


@dataclass(frozen=True)
class Answer:
    """A valid scored answer, after direction (D15)."""

    response: "Response"
    question: Question
    answer_no: int
    score: int

    @property
    def metric(self) -> str:
        """Metric of the question."""
        return self.question.metric

    @property
    def pomp(self) -> float:
        """Percent of the maximum possible."""
        return 100 * (self.score - self.question.low) / (self.question.high - self.question.low)

    @property
    def key(self) -> tuple[str, str, int]:
        """Grain of the fact."""
        return self.response.response_id, self.question.question_id, self.answer_no

    @property
    def order(self) -> tuple[datetime, str, str, int]:
        """Later is greater; ties by response_id (D16)."""
        return (self.response.at, *self.key)

    @property
    def nps_class(self) -> str | None:
        """Class of an NPS answer."""
        if self.metric != "nps":
            return None
        return "promoter" if self.score >= 9 else "passive" if self.score >= 7 else "detractor"

    @property
    def net(self) -> int:
        """The class as a number."""
        return {"promoter": 1, "passive": 0, "detractor": -1}[str(self.nps_class)]


@dataclass(frozen=True)
class Response:
    """An accepted response in scope (D11)."""

    response_id: str
    survey_id: str
    programme: str
    invitation_id: str | None
    respondent_id: str
    is_anonymous: bool
    customer_id: str | None
    at: datetime
    status: str
    language: str | None
    dimensions: Mapping[str, str | None]


@dataclass(frozen=True)
class Invitation:
    """An accepted invitation of somebody who counts."""

    invitation_id: str
    survey_id: str
    programme: str
    customer_id: str | None
    sent_at: datetime
    is_bounced: bool
    is_started: bool
    is_opted_out: bool
    dimensions: Mapping[str, str | None]


SKIPPED = {row["answer"] for row in reference("skipped_answers")}
SCALES = {
    (int(row["scale_min"]), int(row["scale_max"])): (int(row["dissatisfied_to"]), int(row["satisfied_from"]))
    for row in reference("scale_map")
}


def scored_value(value: str | None, question: Question) -> int | None:
    """The number of an answer; None if it was skipped, ValueError if it is rejected (§13 rules 9, 11)."""
    cleaned = unicodedata.normalize("NFKC", value or "").strip()
    if cleaned == "" or cleaned.lower() in SKIPPED:
        return None
    found = re.fullmatch(r"(-?\d+)(?:\.0+)?(?:/(\d+)|\s+[–-]\s+\D+)?", cleaned)
    if found is None or (found[2] and int(found[2]) != question.high):
        raise ValueError(cleaned)
    score = int(found[1])
    if not question.low <= score <= question.high:
        raise ValueError(cleaned)
    return score


class Facts:
    """Responses, answers and invitations of one company."""

    def __init__(self, tables: RawTables, settings: Settings) -> None:
        """Judge the raw rows."""
        self.tables, self.settings, self.zone = tables, settings, settings.source_zone
        self.customers = {
            str(row["customer_id"]): row for row in self._newest("crm", "customers", "customer_id")
        }
        self.contacts = {str(row["contact_id"]): row for row in self._newest("crm", "contacts", "contact_id")}
        self.employees = {row["employee_id"]: row for row in tables.get(("crm", "employees"), ())}
        self.surveys = {
            str(row["survey_id"]): row
            for row in tables.get(("surveys", "surveys"), ())
            if row["programme"] in PROGRAMMES
        }
        self.questions = {
            str(row["question_id"]): self._question(row) for row in tables.get(("surveys", "questions"), ())
        }
        self.sent = {
            str(row["invitation_id"]): row
            for row in tables.get(("surveys", "invitations"), ())
            if self._happened(self._instant(row["sent_at"]))
        }
        self.history: dict[tuple[str, str], list[tuple[date, date, str | None]]] = defaultdict(list)
        for row in tables.get(("crm", "customer_history"), ()):
            span = (day(row["valid_from"]) or date.min, day(row.get("valid_to")) or date.max)
            self.history[row["customer_id"], row["attribute"]].append((*span, text(row.get("value"))))
        accepted = {str(row["response_id"]): row for row in self._accepted_responses()}
        self.values = self._values(accepted)
        scope = [self._response(row) for row in accepted.values() if self._is_in_scope(row)]
        copies = set(self._copies(scope))
        self.responses = {row.response_id: row for row in scope if row.response_id not in copies}

    # Judging

    def _instant(self, value: Any) -> datetime:
        at = instant(value, self.zone)
        assert at is not None, "the generator writes every required instant"
        return at

    def _happened(self, at: datetime) -> bool:
        """Rule 8: nothing happens before 2000 or more than a day after as_of."""
        return datetime(2000, 1, 1, tzinfo=UTC) <= at <= self.settings.as_of + DAY

    def _newest(self, system: str, table: str, key: str) -> list[Mapping[str, Any]]:
        return newest(self.tables.get((system, table), ()), key, self.zone)

    def _question(self, row: Mapping[str, Any]) -> Question:
        return Question(
            row["question_id"], row["survey_id"], row["metric"], text(row.get("attribute")),
            int(row.get("scale_min") or 0), int(row.get("scale_max") or 0), int(row.get("direction") or 1),
        )  # fmt: skip

    def _responded_at(self, row: Mapping[str, Any]) -> datetime:
        """An answer up to five minutes before its invitation came with it (D21)."""
        at = self._instant(row["responded_at"])
        invitation = self.sent.get(str(row.get("invitation_id")))
        sent_at = at if invitation is None else self._instant(invitation["sent_at"])
        return sent_at if sent_at - 5 * MINUTE <= at < sent_at else at

    def _accepted_responses(self) -> list[Mapping[str, Any]]:
        """Rows of `responses` that break no rule, the newest of each key (D9)."""
        judged = []
        for row in self.tables.get(("surveys", "responses"), ()):
            at, invitation = self._responded_at(row), self.sent.get(str(row.get("invitation_id")))
            is_early = invitation is not None and at < self._instant(invitation["sent_at"])
            is_known = (text(row.get("status")) or "complete") in STATUSES
            if self._happened(at) and not is_early and is_known:
                judged.append(row)
        return newest(judged, "response_id", self.zone)

    def _values(self, responses: Mapping[str, Row]) -> dict[str, dict[tuple[str, int], str | int | None]]:
        """The value of each answer of each accepted response that counts (D12)."""
        versions: dict[tuple[str, str, int], list[tuple[datetime | None, str | int | None]]] = defaultdict(
            list
        )
        for row in self.tables.get(("surveys", "answers"), ()):
            question = self.questions.get(str(row["question_id"]))
            if row["response_id"] not in responses or question is None:
                continue
            value: str | int | None = text(row["value"])
            if question.metric in SCORED:
                try:
                    value = scored_value(text(row["value"]), question)
                except ValueError:
                    continue
            key = (row["response_id"], row["question_id"], int(row.get("answer_no") or 1))
            versions[key].append((instant(row.get("updated_at"), self.zone), value))
        found: dict[str, dict[tuple[str, int], str | int | None]] = defaultdict(dict)
        for (response_id, question_id, answer_no), edits in versions.items():
            closes = self._responded_at(responses[response_id]) + self.settings.edit_window
            edits.sort(key=lambda edit: edit[0] or datetime.min.replace(tzinfo=UTC))
            in_time = [value for at, value in edits if at is None or at <= closes]
            # Of late edits alone the oldest counts (decisions, 20).
            found[response_id][question_id, answer_no] = in_time[-1] if in_time else edits[0][1]
        return found

    def _is_someone_who_counts(self, row: Mapping[str, Any]) -> bool:
        """Neither an employee nor a test customer (D3)."""
        contact = self.contacts.get(str(row.get("contact_id")), {})
        customer = self.customers.get(str(self._customer_id(row)), {})
        is_employee = boolean(contact.get("is_employee"), absent=False)
        return not is_employee and not boolean(customer.get("is_test"), absent=False)

    def _is_in_scope(self, row: Mapping[str, Any]) -> bool:
        """D11, double submissions aside."""
        return (
            (text(row.get("status")) or "complete") in IN_SCOPE
            and not boolean(row.get("is_test"), absent=False)
            and self._is_someone_who_counts(row)
        )

    def _copies(self, responses: Sequence[Response]) -> Iterator[str]:
        """Responses that repeat what somebody sent ten minutes ago or less (D13, decisions 20)."""
        same: dict[Any, list[Response]] = defaultdict(list)
        for row in sorted(responses, key=lambda row: (row.at, row.response_id)):
            if not row.is_anonymous:
                values = self.values[row.response_id].items()
                content = frozenset((key, str(value)) for key, value in values if value is not None)
                if content:
                    same[row.respondent_id, row.survey_id, content].append(row)
        for chain in same.values():
            for position, row in enumerate(chain):
                yield from (
                    row.response_id
                    for before in chain[:position]
                    if row.at - before.at <= self.settings.double_submission
                    and (
                        row.invitation_id is None
                        or before.invitation_id is None
                        or row.invitation_id == before.invitation_id
                    )
                )

    # Who and where

    def _customer_id(self, row: Mapping[str, Any]) -> str | None:
        """The row's, else its contact's (D14)."""
        contact = self.contacts.get(str(row.get("contact_id")), {})
        return text(row.get("customer_id")) or text(contact.get("customer_id"))

    def as_of(self, customer_id: str | None, attribute: str, at: datetime) -> str | None:
        """An attribute of a customer on the local day of an event (D7)."""
        spans = sorted(self.history.get((str(customer_id), attribute), []))
        local = self.settings.local_date(at)
        if not spans or str(customer_id) not in self.customers:
            return text(self.customers.get(str(customer_id), {}).get(attribute))
        for start, end, value in spans:
            if start <= local < end:
                return value
        return spans[0][2] if local < spans[0][0] else spans[-1][2]

    def _dimensions(self, row: Mapping[str, Any], at: datetime) -> dict[str, str | None]:
        customer_id = self._customer_id(row)
        survey = self.surveys.get(str(row["survey_id"]), {})
        found: dict[str, str | None] = {name: self.as_of(customer_id, name, at) for name in AS_OF_EVENT}
        found["survey"] = row["survey_id"]
        invitation = self.sent.get(str(row.get("invitation_id")), {})
        found["channel"] = (
            text(row.get("channel")) or text(invitation.get("channel")) or text(survey.get("channel"))
        )
        for name in ("touchpoint", "stage"):
            found[name] = text(row.get(name)) or text(survey.get(name))
        return found

    def programme(self, survey_id: str) -> str:
        """Programme of a survey; `unknown` if there is no such survey."""
        return str(self.surveys[survey_id]["programme"]) if survey_id in self.surveys else "unknown"

    def _response(self, row: Mapping[str, Any]) -> Response:
        contact_id, customer_id = text(row.get("contact_id")), text(row.get("customer_id"))
        at = self._responded_at(row)
        dimensions = self._dimensions(row, at)
        dimensions["language"] = text(row.get("language")) or dimensions["language"]
        employee = self.employees.get(str(row.get("employee_id")), {})
        dimensions["office"] = text(row.get("office")) or text(employee.get("office"))
        dimensions["team"] = text(employee.get("team"))
        return Response(
            response_id=row["response_id"],
            survey_id=row["survey_id"],
            programme=self.programme(row["survey_id"]),
            invitation_id=text(row.get("invitation_id")),
            respondent_id=contact_id or customer_id or row["response_id"],
            is_anonymous=contact_id is None and customer_id is None,
            customer_id=self._customer_id(row),
            at=at,
            status=text(row.get("status")) or "complete",
            language=text(row.get("language")),
            dimensions=dimensions,
        )

    @cached_property
    def invitations(self) -> dict[str, Invitation]:
        """Invitations of everybody but employees and test customers (decisions, 20)."""
        found = {}
        for name, row in self.sent.items():
            if self._is_someone_who_counts(row):
                sent_at = self._instant(row["sent_at"])
                found[name] = Invitation(
                    invitation_id=name,
                    survey_id=row["survey_id"],
                    programme=self.programme(row["survey_id"]),
                    customer_id=self._customer_id(row),
                    sent_at=sent_at,
                    is_bounced=text(row.get("bounced_at")) is not None,
                    is_started=text(row.get("started_at")) is not None,
                    is_opted_out=text(row.get("opted_out_at")) is not None,
                    dimensions=self._dimensions(row, sent_at),
                )
        return found

    # Answers and votes

    @cached_property
    def answers(self) -> list[Answer]:
        """Valid scored answers of responses in scope."""
        return [
            Answer(response, question, answer_no, turned(value, question))
            for response in self.responses.values()
            for (question_id, answer_no), value in self.values[response.response_id].items()
            for question in [self.questions[question_id]]
            if question.is_scored and isinstance(value, int)
        ]

    def latest(self, answers: Iterable[Answer], *, grain: str) -> list[Answer]:
        """One vote per respondent, programme, metric, attribute and period: the latest (D16)."""
        best: dict[Any, Answer] = {}
        for row in answers:
            start = period_start(grain, self.settings.local_date(row.response.at))
            response = row.response
            key = (response.respondent_id, response.programme, row.metric, row.question.attribute, start)
            if key not in best or row.order > best[key].order:
                best[key] = row
        return list(best.values())

    @cached_property
    def interaction_votes(self) -> set[tuple[str, str, int]]:
        """Transactional answers that count: latest of the invitation, nothing later in the cooldown (D17)."""
        rows = [row for row in self.answers if row.response.programme == "transactional"]
        votes = {row.key for row in rows}
        for row in rows:
            if row.metric not in {"nps", "csat", *CES}:
                continue
            for other in rows:
                if other.metric != row.metric or other.order <= row.order:
                    continue
                a, b = row.response, other.response
                same_invitation = a.invitation_id is not None and a.invitation_id == b.invitation_id
                same_place = a.dimensions["touchpoint"] == b.dimensions["touchpoint"]
                is_soon = b.at - a.at < self.settings.cooldown
                if same_invitation or (a.respondent_id == b.respondent_id and same_place and is_soon):
                    votes.discard(row.key)
        return votes

    def votes(self, grain: str) -> list[Answer]:
        """The answers that count in periods of a grain, all metrics together."""
        relational = [row for row in self.answers if row.response.programme == "relational"]
        others = [
            row
            for row in self.answers
            if row.response.programme not in {"relational", "transactional"}
            or row.key in self.interaction_votes
        ]
        return self.latest(relational, grain=grain) + others

    def fct_survey_answers(self) -> dict[tuple[Any, ...], Row]:
        """One row per valid scored answer."""
        votes = {row.key for row in self.votes("quarter")}
        return {
            row.key: {
                "metric": row.metric,
                "attribute": row.question.attribute,
                "programme": row.response.programme,
                "survey_id": row.response.survey_id,
                "respondent_id": row.response.respondent_id,
                "customer_id": row.response.customer_id,
                "channel": row.response.dimensions["channel"] or "unknown",
                "touchpoint": row.response.dimensions["touchpoint"] or "unknown",
                "segment": row.response.dimensions["segment"] or "unknown",
                "responded_at": row.response.at,
                "score": row.score,
                "pomp": row.pomp,
                "nps_class": row.nps_class,
                "is_satisfied": is_satisfied(row),
                "is_dissatisfied": is_dissatisfied(row),
                "is_vote": row.key in votes,
            }
            for row in self.answers
        }

    # The index of satisfaction (§2.5.2, D20)

    @cached_property
    def by_response(self) -> dict[str, list[Answer]]:
        """Valid answers of each response."""
        found: dict[str, list[Answer]] = defaultdict(list)
        for row in self.answers:
            found[row.response.response_id].append(row)
        return found

    def csi_weights(self, programme: str, year: int) -> tuple[dict[str | None, float], str]:
        """Weights of the attributes a programme asks, by all importance answers of the year; their source."""
        asked = {
            question.attribute
            for question in self.questions.values()
            if question.metric == "csi" and self.programme(question.survey_id) == programme
        }
        stated: dict[str | None, list[int]] = defaultdict(list)
        for row in self.answers:
            local = self.settings.local_date(row.response.at)
            is_of_year = local.year == year and row.response.programme == programme
            if row.metric == "csi_importance" and is_of_year and row.question.attribute in asked:
                stated[row.question.attribute].append(row.score)
        means = {name: sum(scores) / len(scores) for name, scores in stated.items()}
        source = "stated" if means else "equal"
        means = means or dict.fromkeys(asked, 1.0)
        return {name: mean / sum(means.values()) for name, mean in means.items()}, source

    @cached_property
    def csi(self) -> dict[str, tuple[float | None, float, str]]:
        """Score, answered weight and source of the weights of each response with an answer to the index."""
        found = {}
        for response_id, answers in self.by_response.items():
            scores = [row for row in answers if row.metric == "csi"]
            if scores:
                response = scores[0].response
                year = self.settings.local_date(response.at).year
                weights, source = self.csi_weights(response.programme, year)
                # Rated twice, an attribute has one opinion, the mean.
                rated: dict[str | None, list[float]] = defaultdict(list)
                for row in scores:
                    rated[row.question.attribute].append(row.pomp)
                pairs = [(weights.get(name, 0.0), sum(own) / len(own)) for name, own in rated.items()]
                answered = sum(weight for weight, _ in pairs)
                score = None
                if answered >= 0.5 - 1e-12:
                    score = sum(weight * pomp for weight, pomp in pairs) / answered
                if answered:
                    found[response_id] = (score, answered, source)
        return found

    @cached_property
    def acsi(self) -> dict[str, float]:
        """The three-item index of each response that answered all three, alike in weight (§2.5.3)."""
        found = {}
        for response_id, answers in self.by_response.items():
            items = {row.metric: row.pomp for row in answers if row.metric in ACSI}
            if len(items) == len(ACSI):
                found[response_id] = sum(items.values()) / 3
        return found

    def fct_survey_responses(self) -> dict[tuple[Any, ...], Row]:
        """One row per response in scope."""
        return {
            (name,): {
                "survey_id": row.survey_id,
                "programme": row.programme,
                "respondent_id": row.respondent_id,
                "customer_id": row.customer_id,
                "channel": row.dimensions["channel"] or "unknown",
                "responded_at": row.at,
                "csi_score": self.csi[name][0] if name in self.csi else None,
                "csi_weight_answered": self.csi[name][1] if name in self.csi else None,
                "acsi_score": self.acsi.get(name),
            }
            for name, row in self.responses.items()
        }

    # The funnel (§2.1)

    def fct_survey_invitations(self) -> dict[tuple[Any, ...], Row]:
        """One row per invitation; steps never grow (decisions, 20)."""
        answered: dict[str, list[Response]] = defaultdict(list)
        for response in self.responses.values():
            if response.invitation_id is not None:
                answered[response.invitation_id].append(response)
        rows = {}
        for name, row in self.invitations.items():
            closes = row.sent_at + self.settings.response_window(row.programme)
            scored = [x.at for x in answered[name] if x.response_id in self.by_response]
            delivered = not row.is_bounced
            rows[(name,)] = {
                "survey_id": row.survey_id,
                "sent_at": row.sent_at,
                "is_delivered": delivered,
                "is_started": delivered and (row.is_started or bool(answered[name])),
                "is_completed": delivered and any(x.status == "complete" for x in answered[name]),
                "is_scored": delivered and any(at <= closes for at in scored),
                "is_scored_late": delivered and bool(scored) and all(at > closes for at in scored),
                "is_opted_out": row.is_opted_out,
                "is_mature": closes <= self.settings.as_of,
            }
        return rows


def turned(value: int, question: Question) -> int:
    """A score after direction: higher is better (D15)."""
    return question.low + question.high - value if question.direction == -1 else value


def is_satisfied(answer: Answer) -> bool | None:
    """Satisfied by the scale table, or an easy effort (D15)."""
    question = answer.question
    if answer.metric == "csat":
        scale = SCALES.get((question.low, question.high))
        return None if scale is None else answer.score >= scale[1]
    return {"ces5": answer.score >= 4, "ces1": answer.score >= 4, "ces2": answer.score >= 5}.get(
        answer.metric
    )


def is_dissatisfied(answer: Answer) -> bool | None:
    """The bottom of the scale table, or a hard effort (decisions, 20)."""
    question = answer.question
    if answer.metric == "csat":
        scale = SCALES.get((question.low, question.high))
        return None if scale is None else answer.score <= scale[0]
    return {"ces5": answer.score <= 2, "ces1": answer.score <= 2, "ces2": answer.score <= 3}.get(
        answer.metric
    )


def period_start(grain: str, local: date) -> date:
    """First day of the period of a day; of `all`, any day before everything."""
    starts = {
        "month": local.replace(day=1),
        "quarter": local.replace(month=(local.month - 1) // 3 * 3 + 1, day=1),
        "year": local.replace(month=1, day=1),
    }
    return starts.get(grain, date.min)
