"""The customer's way and the closed loop, computed a second time from the texts (METRICS §6 and §8.4)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from statistics import fmean
from typing import Any

from oracle_feedback import (
    CES,
    Answer,
    Facts,
    Response,
    is_dissatisfied,
    is_satisfied,
    period_start,
    reference,
)
from oracle_scores import CHANNEL_GROUPS, GRAINS, Cell, Mean, Share, holm, wilson
from oracle_service import Row, boolean, text, wall_to_utc
from oracle_support import Support

MONTH, RECOVERY, WEEK, WALK = (timedelta(days=days) for days in (30, 90, 7, 30))
WORKING_DAYS = 2
STAGES = {row["name"]: row["stage"] for row in reference("journey_stages")}
ORDER = {row["stage"]: int(row["stage_order"]) for row in reference("journey_stages")}
STEPS = {row["stage"] for row in reference("journey_stages") if row["is_step"] == "true"}
LOOP_DIMENSIONS = ("segment", "channel", "team", "survey")
CODES = {
    "loop_contact_rate", "loop_on_time_rate", "detractor_recovery_rate", "channel_switch_rate",
    "stage_satisfaction", "funnel_step_rate", "funnel_dropoff",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """An unhappy answer and what became of it."""

    response: Response
    opened_by: str
    nps_score: int | None
    next_at: datetime | None
    next_score: int | None
    owner_id: str | None
    team: str | None
    contacted_at: datetime | None
    resolved_at: datetime | None
    due_at: datetime

    @property
    def at(self) -> datetime:
        """When it opened."""
        return self.response.at

    def within(self, at: datetime | None, window: timedelta) -> bool:
        """True if something happened in a window after the answer."""
        return at is not None and at <= self.at + window

    @property
    def is_detractor(self) -> bool:
        """An NPS of 0 to 6."""
        return self.nps_score is not None and self.nps_score <= 6

    @property
    def is_asked_again(self) -> bool:
        """The next score came in time."""
        return self.within(self.next_at, RECOVERY)

    @property
    def is_recovered(self) -> bool:
        """And it was 7 or more."""
        return self.is_asked_again and self.next_score is not None and self.next_score >= 7

    @property
    def is_contacted_first(self) -> bool:
        """Called before the next score, or in its time where there is none."""
        if self.contacted_at is None:
            return False
        if self.next_at is not None:
            return self.contacted_at < self.next_at
        return self.within(self.contacted_at, RECOVERY)

    @property
    def is_on_time(self) -> bool:
        """Called by the due date."""
        return self.contacted_at is not None and self.contacted_at <= self.due_at


@dataclass(frozen=True)
class Contact:
    """A customer's own contact about a topic."""

    customer_id: str
    topic: str
    at: datetime
    group: str | None


class Journey:
    """Everything the journey marts say."""

    def __init__(self, support: Support, facts: Facts) -> None:
        """Keep both halves."""
        self.support, self.facts, self.settings, self.scores = (
            support,
            facts,
            support.settings,
            support.scores,
        )
        self.raw = support.raw

    def _rows(self, system: str, table: str) -> Sequence[Mapping[str, Any]]:
        return self.raw.tables.get((system, table), ())

    # The closed loop (§8.4)

    @cached_property
    def cases(self) -> list[Case]:
        """One per response in scope with an unhappy answer."""
        followups = defaultdict(list)
        for row in self._rows("surveys", "followups"):
            followups[row["response_id"]].append(row)
        scores = {
            name: min(x.score for x in answers if x.metric == "nps")
            for name, answers in self.facts.by_response.items()
            if any(x.metric == "nps" for x in answers)
        }
        by_person: dict[tuple[str, str], list[Response]] = defaultdict(list)
        for name in scores:
            response = self.facts.responses[name]
            by_person[response.respondent_id, response.programme].append(response)
        cases = []
        for name, answers in self.facts.by_response.items():
            response, opened_by = self.facts.responses[name], self._opened_by(answers)
            if opened_by is None:
                continue
            later = [
                other
                for other in by_person[response.respondent_id, response.programme]
                if (other.at, other.response_id) > (response.at, name)
            ]
            following = min(later, key=lambda other: (other.at, other.response_id), default=None)
            following = following if name in scores else None
            cases.append(self._case(response, opened_by, scores, following, followups[name]))
        return cases

    @staticmethod
    def _opened_by(answers: Sequence[Answer]) -> str | None:
        if any(x.metric == "nps" and x.score <= 6 for x in answers):
            return "nps"
        for kind, metrics in (("csat", ("csat",)), ("ces", CES)):
            if any(x.metric in metrics and is_dissatisfied(x) for x in answers):
                return kind
        return None

    def _case(
        self,
        response: Response,
        opened_by: str,
        scores: Mapping[str, int],
        following: Response | None,
        followups: Sequence[Mapping[str, Any]],
    ) -> Case:
        def first(column: str) -> datetime | None:
            instants = [
                at
                for row in followups
                if not self._is_automatic(row)
                and (at := self._instant(row.get(column))) is not None
                and response.at <= at <= self.settings.as_of
            ]
            return min(instants, default=None)

        # A follow-up that does not say when it was opened is as old as the answer.
        opened = [(self._instant(row.get("opened_at")) or response.at, row) for row in followups]
        in_order = sorted(
            (self._is_automatic(row), at, row["followup_id"], text(row.get("owner_id")))
            for at, row in opened
            if at <= self.settings.as_of
        )
        owner_id = in_order[0][-1] if in_order else None
        owner = self.facts.employees.get(str(owner_id), {})
        return Case(
            response=response,
            opened_by=opened_by,
            nps_score=scores.get(response.response_id),
            next_at=None if following is None else following.at,
            next_score=None if following is None else scores[following.response_id],
            owner_id=owner_id,
            team=text(owner.get("team")) or response.dimensions["team"],
            contacted_at=first("contacted_at"),
            resolved_at=first("resolved_at"),
            due_at=self._due_at(response.at),
        )

    def _is_automatic(self, followup: Mapping[str, Any]) -> bool:
        return self.raw.roles.get(text(followup.get("owner_id"))) in {"bot", "system"}

    def _instant(self, value: Any) -> datetime | None:
        return None if text(value) is None else self.facts._instant(value)

    def _is_working_day(self, local: date) -> bool:
        """The only schedule, or the default one, opens; Monday to Friday where neither is in force."""
        schedules = self.support.schedules
        named = next(iter(schedules.rows)) if len(schedules.rows) == 1 else self.settings.default_schedule
        if named in schedules.rows:
            return bool(schedules.windows(named, local))
        opens, closes = schedules.holidays.get((None, local), (0, 1440))
        return local.isoweekday() <= 5 and opens < closes

    def _due_at(self, at: datetime) -> datetime:
        """Two working days of 24 hours later; a case of another day is due when the second one ends."""
        local = at.astimezone(self.settings.reporting_zone).replace(tzinfo=None)
        left, current = WORKING_DAYS, local.date()
        is_working = self._is_working_day(current)
        while left:
            current += timedelta(days=1)
            left -= self._is_working_day(current)
        if not is_working:
            return self.settings.day_end(current)
        return wall_to_utc(datetime.combine(current, local.time()), self.settings.reporting_zone)

    def fct_detractor_cases(self) -> dict[tuple[Any, ...], Row]:
        """One row per case."""
        as_of, local_date = self.settings.as_of, self.settings.local_date
        return {
            (case.response.response_id,): {
                "survey_id": case.response.survey_id,
                "respondent_id": case.response.respondent_id,
                "customer_id": case.response.customer_id,
                "owner_id": case.owner_id,
                "programme": case.response.programme,
                "segment": case.response.dimensions["segment"] or "unknown",
                "channel": case.response.dimensions["channel"] or "unknown",
                "team": case.team or "unknown",
                "opened_by": case.opened_by,
                "nps_score": case.nps_score,
                "next_nps_score": case.next_score,
                "contact_minutes": None
                if case.contacted_at is None
                else (case.contacted_at - case.at) / timedelta(minutes=1),
                "is_detractor": case.is_detractor,
                "is_mature": case.at + MONTH <= as_of,
                "is_contacted": case.within(case.contacted_at, MONTH),
                "is_resolved": case.within(case.resolved_at, MONTH),
                "is_due": case.due_at <= as_of,
                "is_on_time": case.is_on_time,
                "is_recovery_mature": case.at + RECOVERY <= as_of,
                "is_asked_again": case.is_asked_again,
                "is_recovered": case.is_recovered,
                "is_contacted_first": case.is_contacted_first,
                "opened_date": local_date(case.at),
                "due_date": local_date(case.due_at),
                "opened_at": case.at,
                "due_at": case.due_at,
                "contacted_at": case.contacted_at,
                "resolved_at": case.resolved_at,
                "next_responded_at": case.next_at,
            }
            for case in self.cases
        }

    def _case_cells(self, cases: Iterable[Case], column: str) -> dict[Cell, list[Case]]:
        """Cases by programme, period of an instant of theirs and breakdown."""
        found: dict[Cell, list[Case]] = defaultdict(list)
        everything = self.settings.local_date(
            min((case.at for case in self.cases), default=self.settings.as_of)
        ).replace(day=1)
        for case in cases:
            local = self.settings.local_date(getattr(case, column))
            dimensions = {**case.response.dimensions, "team": case.team}
            breakdowns = [(name, dimensions[name] or "unknown") for name in LOOP_DIMENSIONS]
            for grain in GRAINS:
                start = everything if grain == "all" else period_start(grain, local)
                for breakdown in [("total", "total"), *breakdowns]:
                    found[case.response.programme, grain, start, *breakdown].append(case)
        return found

    def kpi_closed_loop(self) -> dict[tuple[Any, ...], Row]:
        """Cases opened, and due, in a period."""
        due = [case for case in self.cases if case.due_at <= self.settings.as_of]
        opened, fallen = self._case_cells(self.cases, "at"), self._case_cells(due, "due_at")
        rows = {
            cell: self._loop(cell, opened.get(cell, []), fallen.get(cell, [])) for cell in {*opened, *fallen}
        }
        families: dict[Any, dict[Any, float]] = defaultdict(dict)
        for cell, row in rows.items():
            if row["recovery_difference_p_value"] is not None:
                families[cell[:4]][cell] = row["recovery_difference_p_value"]
        for family in families.values():
            for cell, p in holm(family).items():
                rows[cell]["recovery_difference_p_adjusted"] = p
        for row in rows.values():
            bases = row["contacted_asked_again"], row["uncontacted_asked_again"]
            p = row["recovery_difference_p_adjusted"]
            if p is not None and min(bases) >= self.settings.min_base_reliable:
                direction = "up" if row["recovery_difference"] > 0 else "down"
                row["recovery_signal"] = direction if p < 0.05 else "none"
        return rows

    def _loop(self, cell: Cell, opened: Sequence[Case], due: Sequence[Case]) -> Row:
        as_of, least = self.settings.as_of, self.settings.min_base_publish
        mature = [case for case in opened if case.at + MONTH <= as_of]
        detractors = [case for case in opened if case.is_detractor and case.at + RECOVERY <= as_of]
        again = [case for case in detractors if case.is_asked_again]
        called = [case for case in again if case.is_contacted_first]
        others = [case for case in again if not case.is_contacted_first]
        row: Row = {
            "base": len(opened), "mature_cases": len(mature), "due": len(due), "detractors": len(detractors),
            "contacted": sum(case.within(case.contacted_at, MONTH) for case in mature),
            "resolved": sum(case.within(case.resolved_at, MONTH) for case in mature),
            "on_time": sum(case.is_on_time for case in due), "asked_again": len(again),
            "recovered": sum(case.is_recovered for case in again), "contacted_asked_again": len(called),
            "contacted_recovered": sum(case.is_recovered for case in called),
            "uncontacted_asked_again": len(others),
            "uncontacted_recovered": sum(case.is_recovered for case in others),
        }  # fmt: skip
        for name, hits, base in (
            ("contact", "contacted", "mature_cases"), ("on_time", "on_time", "due"),
            ("resolution", "resolved", "mature_cases"), ("recovery", "recovered", "asked_again"),
            ("recovery_of_all", "recovered", "detractors"),
            ("contacted_recovery", "contacted_recovered", "contacted_asked_again"),
            ("uncontacted_recovery", "uncontacted_recovered", "uncontacted_asked_again"),
        ):  # fmt: skip
            shown = min(row[base], len(opened)) >= least
            low, high = wilson(row[hits], row[base]) if shown else (None, None)
            row |= {f"{name}_rate": row[hits] / row[base] if shown else None}
            row |= {f"{name}_ci_low": low, f"{name}_ci_high": high}
        names = [f"recovery_difference{end}" for end in ("", "_ci_low", "_ci_high", "_p_value")]
        row |= dict.fromkeys([*names, "recovery_difference_p_adjusted", "recovery_signal"])
        if min(len(called), len(others), len(opened)) >= least:
            a = Share(row["contacted_recovered"], len(called))
            b = Share(row["uncontacted_recovered"], len(others))
            d, change = a.hits / a.base - b.hits / b.base, a.since(b)
            row |= dict(zip(names, (d, change.low, change.high, change.p), strict=True))
        return row | {"publish_status": self.support._status(cell[1], cell[2], len(opened))}

    # Issues (§6.4)

    @cached_property
    def touchpoints(self) -> list[tuple[str, datetime, Mapping[str, Any]]]:
        """Contacts of customers that count, as they happened."""
        found = []
        for row in self._rows("crm", "touchpoints"):
            customer_id, at = text(row.get("customer_id")), self.facts._instant(row["occurred_at"])
            if customer_id is not None and at <= self.settings.as_of:
                customer = self.facts.customers.get(customer_id, {})
                if not boolean(customer.get("is_test"), absent=False):
                    found.append((customer_id, at, row))
        return found

    @cached_property
    def contacts(self) -> list[Contact]:
        """Tickets, and touchpoints with a topic that are not ours; a ticket noted as one is one contact."""
        found: list[Contact] = []
        spellings: dict[str, str] = {}
        lives = self.support.lives
        for life in lives.values():
            topic, channel = life.ticket.attributes["topic"] or "unknown", life.ticket.attributes["channel"]
            spellings[topic.lower()] = topic
            if life.ticket.customer_id is not None:
                found.append(Contact(life.ticket.customer_id, topic.lower(), life.created_at, group(channel)))
        for customer_id, at, row in self.touchpoints:
            topic, life = text(row.get("topic")), self.support.survivor(row.get("ticket_id"))
            if topic is None or row.get("direction") == "out":
                continue
            # A ticket of nobody known is no contact, so what the CRM noted of it is one.
            is_told = life is not None and life.ticket.customer_id is not None
            if is_told and group(row["channel"]) == group(life.ticket.attributes["channel"]):  # type: ignore[union-attr]
                continue
            spellings.setdefault(topic.lower(), topic)
            found.append(Contact(customer_id, topic.lower(), at, group(row["channel"])))
        return [Contact(x.customer_id, spellings[x.topic], x.at, x.group) for x in found]

    def fct_contact_issues(self) -> dict[tuple[Any, ...], Row]:
        """Contacts of a customer on a topic that follow each other within a week."""
        groups: dict[tuple[str, str], list[Contact]] = defaultdict(list)
        for contact in self.contacts:
            groups[contact.customer_id, contact.topic].append(contact)
        rows: dict[tuple[Any, ...], Row] = {}
        for (customer_id, topic), contacts in groups.items():
            issues: list[list[Contact]] = []
            for contact in sorted(contacts, key=lambda contact: contact.at):
                if issues and contact.at - issues[-1][-1].at <= WEEK:
                    issues[-1].append(contact)
                else:
                    issues.append([contact])
            for position, issue in enumerate(issues, 1):
                channels = {contact.group for contact in issue} - {None}
                rows[customer_id, topic, position] = {
                    "segment": self.facts.as_of(customer_id, "segment", issue[0].at) or "unknown",
                    "contacts": len(issue),
                    "channel_groups": len(channels),
                    "is_switched": len(channels) > 1,
                    "is_mature": issue[-1].at + WEEK <= self.settings.as_of,
                    "started_date": self.settings.local_date(issue[0].at),
                    "started_at": issue[0].at,
                    "ended_at": issue[-1].at,
                }
        return rows

    def _issue_cells(self) -> dict[Cell, list[Row]]:
        found: dict[Cell, list[Row]] = defaultdict(list)
        issues = self.fct_contact_issues()
        over = {key: row for key, row in issues.items() if row["is_mature"]}
        first = min((row["started_date"] for row in over.values()), default=date.max).replace(day=1)
        for (_, topic, _), row in over.items():
            for grain in GRAINS:
                start = first if grain == "all" else period_start(grain, row["started_date"])
                for breakdown in (("total", "total"), ("topic", topic), ("segment", row["segment"])):
                    found["none", grain, start, *breakdown].append(row)
        return found

    def kpi_contact_issues(self) -> dict[tuple[Any, ...], Row]:
        """Issues that are over, by the period of their start."""
        rows: dict[tuple[Any, ...], Row] = {}
        for cell, issues in self._issue_cells().items():
            switched = Share(sum(row["is_switched"] for row in issues), len(issues)).row
            contacts = Mean([row["contacts"] for row in issues]).row
            hidden = len(issues) < self.settings.min_base_publish
            shown = {
                "contacts": int(contacts["numerator"]), "switched": switched["numerator"],
                "contacts_per_issue": contacts["value"], "contacts_per_issue_ci_low": contacts["ci_low"],
                "contacts_per_issue_ci_high": contacts["ci_high"], "channel_switch_rate": switched["value"],
                "channel_switch_ci_low": switched["ci_low"], "channel_switch_ci_high": switched["ci_high"],
            }  # fmt: skip
            if hidden:
                shown |= dict.fromkeys(name for name in shown if name not in ("contacts", "switched"))
            status = self.support._status(cell[1], cell[2], len(issues))
            rows[cell[1:]] = {"base": len(issues), **shown, "publish_status": status}
        return rows

    # Stages (§6.1)

    def _stage(self, stage: str | None, touchpoint: str | None) -> str:
        """What the data calls a stage, else what the list says of the touchpoint."""
        if stage is not None:
            return STAGES.get(stage.lower(), stage)
        return STAGES.get((touchpoint or "").lower(), "unmapped")

    @cached_property
    def stage_votes(self) -> list[tuple[Answer, date, str, str]]:
        """Transactional votes with the day of the invitation, stage and channel of the interaction."""
        rows = self._rows("helpdesk", "tickets")
        spellings = {str(row.get("channel")).lower(): row["channel"] for row in rows}
        found = []
        for answer in self.facts.votes("all"):
            response = answer.response
            if response.programme != "transactional" or answer.metric not in ("csat", "nps", *CES):
                continue
            invitation = self.facts.invitations.get(str(response.invitation_id))
            at = response.at if invitation is None else invitation.sent_at
            life = self.support.survivor(self.support.responses[response.response_id].get("ticket_id"))
            channel = life.ticket.attributes["channel"] if life else None
            channel = channel or response.dimensions["channel"] or "unknown"
            stage = self._stage(response.dimensions["stage"], response.dimensions["touchpoint"])
            local = self.settings.local_date(at)
            found.append((answer, local, stage, spellings.get(channel.lower()) or channel))
        return found

    def kpi_journey_stages(self) -> dict[tuple[Any, ...], Row]:
        """Mean scores of stages and channels beside the whole way."""
        cells: dict[tuple[Any, ...], list[float]] = defaultdict(list)
        first = min((local for _, local, _, _ in self.stage_votes), default=date.max).replace(day=1)
        for answer, local, stage, channel in self.stage_votes:
            for grain in GRAINS:
                start = first if grain == "all" else period_start(grain, local)
                whole = [] if stage == "unmapped" else [("total", "total")]
                for pair in (*whole, (stage, "total"), (stage, channel)):
                    cells[answer.metric, grain, start, *pair].append(answer.pomp)
        rows = {key: self._stage_row(key, cells) for key in cells}
        families: dict[Any, dict[Any, float]] = defaultdict(dict)
        for key, row in rows.items():
            if row["p_value"] is not None:
                families[*key[:3], key[4] == "total"][key] = row["p_value"]
        for family in families.values():
            for key, p in holm(family).items():
                rows[key]["p_adjusted"] = p
            # Those of a low base are not ranked (§0.4).
            ranked = [key for key in family if rows[key]["base"] >= self.settings.min_base_reliable]
            if ranked:
                row = rows[min(ranked, key=lambda key: (rows[key]["score"], key))]
                row["is_weakest"] = row["p_adjusted"] < 0.05 and row["stage_gap"] < 0
        return rows

    def _stage_row(self, key: tuple[Any, ...], cells: Mapping[tuple[Any, ...], list[float]]) -> Row:
        metric, grain, start, stage, _ = key
        own, whole = cells[key], cells.get((metric, grain, start, "total", "total"), [])
        base, status = len(own), self.support._status(grain, start, len(own))
        row: Row = {"base": base, "publish_status": status, "stage_order": ORDER.get(stage)}
        row["is_weakest"] = False
        names = ("score", "ci_low", "ci_high", "stage_gap", "stage_gap_ci_low", "stage_gap_ci_high")
        row |= dict.fromkeys([*names, "p_value", "p_adjusted"])
        if status == "suppressed":
            return row
        mean = Mean(own).row
        row |= {"score": mean["value"], "ci_low": mean["ci_low"], "ci_high": mean["ci_high"]}
        # What has no place on the way is compared with nothing.
        if stage in ("total", "unmapped"):
            return row
        rest = list(whole)
        for score in own:
            rest.remove(score)
        if len(rest) >= self.settings.min_base_publish:
            row["stage_gap"] = fmean(own) - fmean(whole)
            share, change = len(rest) / len(whole), Mean(own).since(Mean(rest))
            if change.low is not None and change.high is not None:
                row |= {"stage_gap_ci_low": change.low * share, "stage_gap_ci_high": change.high * share}
            row["p_value"] = change.p
        return row

    # Steps (§6.2)

    @cached_property
    def steps(self) -> tuple[list[str], dict[str, list[tuple[datetime, str]]]]:
        """The steps in which anybody was seen, and what each customer did."""
        walks: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for customer_id, at, row in self.touchpoints:
            stage = self._stage(text(row.get("stage")), text(row.get("touchpoint")))
            if stage in STEPS:
                walks[customer_id].append((at, stage))
        seen = {stage for walk in walks.values() for _, stage in walk}
        return sorted(seen, key=lambda stage: ORDER[stage]), walks

    def _funnel_samples(self) -> Iterator[tuple[str, Cell, Share]]:
        names, walks = self.steps
        reached: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0] * len(names))
        entries = [(who, at) for who, walk in walks.items() for at, stage in walk if stage == names[0]]
        mature = [(who, at) for who, at in entries if at + WALK <= self.settings.as_of]
        first = self.settings.local_date(min(at for _, at in mature)).replace(day=1)
        for grain in GRAINS:
            entered: dict[tuple[str, date], datetime] = {}
            for who, at in entries:
                start = first if grain == "all" else period_start(grain, self.settings.local_date(at))
                entered[who, start] = min(at, entered.get((who, start), at))
            for (who, start), began in entered.items():
                if began + WALK > self.settings.as_of:
                    continue
                at = began
                reached[grain, start][0] += 1
                for position, name in enumerate(names[1:], 1):
                    later = [t for t, stage in walks[who] if stage == name and at <= t <= began + WALK]
                    if not later:
                        break
                    at = min(later)
                    reached[grain, start][position] += 1
        for (grain, start), counts in reached.items():
            pairs = [("stage", name, counts[k + 1], counts[k]) for k, name in enumerate(names[1:])]
            for dimension, value, hits, base in [*pairs, ("total", "total", counts[-1], counts[0])]:
                if base:
                    cell = ("none", grain, start, dimension, value)
                    yield "funnel_step_rate", cell, Share(hits, base)
                    yield "funnel_dropoff", cell, Share(base - hits, base)

    # The long table

    def kpi_metric_values(self) -> dict[tuple[Any, ...], Row]:
        """The rows of the journey."""
        by_code: dict[str, dict[Cell, Share]] = defaultdict(dict)
        for code, cell, sample in self._samples():
            by_code[code][cell] = sample
        return {
            (code, *cell): row
            for code, samples in by_code.items()
            for cell, row in self.scores._published(code, samples).items()
        }

    def _samples(self) -> Iterator[tuple[str, Cell, Share]]:
        as_of = self.settings.as_of
        for cell, cases in self._case_cells(self.cases, "at").items():
            mature = [case for case in cases if case.at + MONTH <= as_of]
            again = [
                case
                for case in cases
                if case.is_detractor and case.at + RECOVERY <= as_of and case.is_asked_again
            ]
            if mature:
                hits = sum(case.within(case.contacted_at, MONTH) for case in mature)
                yield "loop_contact_rate", cell, Share(hits, len(mature))
            if again:
                hits = sum(case.is_recovered for case in again)
                yield "detractor_recovery_rate", cell, Share(hits, len(again))
        due = [case for case in self.cases if case.due_at <= as_of]
        for cell, cases in self._case_cells(due, "due_at").items():
            yield "loop_on_time_rate", cell, Share(sum(case.is_on_time for case in cases), len(cases))
        for cell, issues in self._issue_cells().items():
            yield "channel_switch_rate", cell, Share(sum(row["is_switched"] for row in issues), len(issues))
        satisfied: dict[Cell, list[bool]] = defaultdict(list)
        # Shares keep to one scale, the most used of the programme (decisions, 20).
        votes = [row for row in self.stage_votes if row[0].metric == "csat"]
        uses = Counter((answer.question.low, answer.question.high) for answer, *_ in votes)
        scale = max(uses, key=lambda scale: (uses[scale], scale[1]))
        votes = [row for row in votes if (row[0].question.low, row[0].question.high) == scale]
        first = min((local for _, local, _, _ in self.stage_votes), default=date.max).replace(day=1)
        for answer, local, stage, _ in votes:
            for grain in GRAINS:
                start = first if grain == "all" else period_start(grain, local)
                whole = [] if stage == "unmapped" else [("total", "total")]
                for breakdown in (*whole, ("stage", stage)):
                    satisfied["transactional", grain, start, *breakdown].append(bool(is_satisfied(answer)))
        for cell, hits in satisfied.items():
            yield "stage_satisfaction", cell, Share(sum(hits), len(hits))
        yield from self._funnel_samples()


def group(channel: str | None) -> str | None:
    """The group of a channel; one without a group is one of its own, one that nobody named is none."""
    return None if channel is None else CHANNEL_GROUPS.get(channel.lower(), channel.lower())
