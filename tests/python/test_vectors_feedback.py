"""The feedback vectors of METRICS §2 and §9.2 at their published precision: raw rows in, marts out, once.

The cases live side by side: each has a survey of its own, read as the breakdown `survey`, and respondents
of its own. Index weights are per programme and year, so the CSI cases have a programme each.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count, product
from typing import Any

import duckdb
import numpy as np
import pytest
from dbt_runner import Warehouse
from raw_folder import RawFolder
from scipy import stats
from web_cases import TV_WEB_1, web_vectors

from cx_warehouse.database import open_build
from cx_warehouse.importance import fill_in_importance
from cx_warehouse.workspace import Workspace

approx = pytest.approx

MAY = datetime(2026, 5, 4, 10)
FEBRUARY = datetime(2026, 2, 9, 10)
MARCH = datetime(2026, 3, 9, 10)
VARIABLES = {
    "as_of": "2026-09-01T00:00:00Z",
    "reporting_time_zone": "Europe/Vilnius",
    "min_base_publish": 3,
}


# Texts: the theme they name, and whether they like it. Negation reaches three words, and hides inside words.
THEMES = [
    ("ru", "Цена отличная!", "price", 1),
    ("ru", "Мне не нравится ЦЕНА", "price", -1),
    ("ru", "Дорого", "price", -1),
    ("ru", "Совсем недорого и надёжно", "reliability", 1),
    ("ru", "Сотрудники не были грубы", "staff", 1),
    ("ru", "Доставка как доставка", "delivery", 0),
    ("lt", "Labai brangu", "price", -1),
    ("lt", "Darbuotojai mandagūs", "staff", 1),
    ("lt", "Darbuotojai nemandagus", "staff", -1),
    ("lt", "kokybe gera, bet be aiškios sąskaitos", "quality", 1),
    ("en", "not at all a good price", "price", 1),
    ("en", "not very good price", "price", -1),
    ("en", "Slow and unreliable", "waiting", -1),
    ("en", "Slow and unreliable", "reliability", -1),
    ("ru", "Недешево и небыстро", "price", -1),
    ("ru", "Неплохая доставка", "delivery", 1),
    ("ru", "без задержек", "waiting", 1),
    ("lt", "Man nepatinka kaina", "price", -1),
    ("lt", "Kainos nėra labai geros", "price", -1),
    ("lt", "Paprašė sąskaitos", "billing", 0),
    ("xx", "price", None, 0),
    ("ru", "Просто ужас", None, 0),
]


# What people write, and what of it may leave staging.
MASKED = [
    ("write to a.b@c.lt or call +370 600 12345", "write to [e-mail] or call [number]"),
    ("почта иван@почта.рф, ąžuolas@įmonė.lt.", "почта [e-mail], [e-mail]."),
    ("8\u2013600\u201312345 or +370\u00a0600\u00a012345", "[number] or [number]"),
    ("card 4111 1111 1111 1111!", "card [number]!"),
    ("9 of 10 in 2026, @home, 24/7", "9 of 10 in 2026, @home, 24/7"),
    ("https://x.lt/a/b?mail=a@b.lt and/or", "https://x.lt/a/b?mail=[e-mail] and/or"),
]

# Satisfaction and importance of quality, speed and staff, five people.
TV_CSI_1: list[tuple[list[int | None], list[int]]] = [
    ([9, 6, 8], [10, 8, 6]),
    ([8, 5, 9], [9, 9, 5]),
    ([10, 7, 9], [10, 7, 7]),
    ([7, 4, 6], [8, 9, 6]),
    ([9, 8, None], [10, 8, 6]),
]


class Survey:
    """One survey with its questions, and whoever answers it."""

    def __init__(self, raw: RawFolder, survey_id: str, programme: str, **columns: Any) -> None:
        """Add the survey."""
        self.raw, self.survey_id = raw, survey_id
        self.numbers = count(1)
        raw.add("surveys", "surveys", survey_id=survey_id, programme=programme, **columns)

    def question(self, name: str, metric: str, **columns: Any) -> None:
        """Add a question under a short name."""
        self.raw.add(
            "surveys", "questions", question_id=f"{self.survey_id}.{name}", survey_id=self.survey_id,
            metric=metric, **columns,
        )  # fmt: skip

    def response(self, at: datetime | str = MAY, response_id: str | None = None, **columns: Any) -> str:
        """Add a response by a respondent of its own, unless a contact is given; gives its key."""
        response_id = f"{self.survey_id}-{response_id or next(self.numbers)}"
        self.raw.add(
            "surveys", "responses", response_id=response_id, survey_id=self.survey_id,
            responded_at=at if isinstance(at, str) else f"{at:%Y-%m-%dT%H:%M:%SZ}", **columns,
        )  # fmt: skip
        return response_id

    def answer(self, response_id: str, name: str, value: Any, **columns: Any) -> None:
        """Add one answer; None is a skipped one."""
        self.raw.add(
            "surveys", "answers", response_id=response_id, question_id=f"{self.survey_id}.{name}",
            value=value, **columns,
        )  # fmt: skip

    def answers(self, name: str, values: Sequence[Any], at: datetime = MAY) -> None:
        """Add one anonymous response for each value."""
        for value in values:
            self.answer(self.response(at), name, value)

    def contact(self, name: str, customer: str) -> str:
        """Add a contact of a customer; gives its key."""
        contact_id = f"{self.survey_id}-{name}"
        self.raw.add("crm", "contacts", contact_id=contact_id, customer_id=customer)
        return contact_id


def classes(promoters: int, passives: int, detractors: int) -> list[int]:
    """Scores with these numbers of classes."""
    return [9] * promoters + [7] * passives + [3] * detractors


def nps(raw: RawFolder, survey_id: str, programme: str = "relational") -> Survey:
    survey = Survey(raw, survey_id, programme)
    survey.question("q", "nps", scale_min=0, scale_max=10)
    return survey


def nps_vectors(raw: RawFolder) -> None:
    nps(raw, "nps1").answers("q", [10, 9, 9, 8, 7, 7, 6, 3, 0, 10])
    nps(raw, "nps2").answers("q", classes(120, 50, 30))
    nps(raw, "nps3").answers("q", classes(5, 0, 0))
    for survey_id, before, after in (
        ("nps4", (90, 60, 50), (120, 50, 30)),
        ("nps5", (20, 10, 10), (24, 8, 8)),
    ):
        survey = nps(raw, survey_id)
        survey.answers("q", classes(*before), FEBRUARY)
        survey.answers("q", classes(*after), MAY)
    nps(raw, "hidden").answers("q", [9, 9])


def tv_nps_7(raw: RawFolder) -> None:
    """Latest answer, double submission, local months, scale, preview and partial responses."""
    survey = nps(raw, "nps7")
    for response_id, contact, at, value, status in (
        ("r1", "C1", "2026-03-02T10:00:00Z", 10, "complete"),
        ("r2", "C1", "2026-03-20T10:00:00Z", 6, "complete"),
        ("r3", "C2", "2026-03-05T09:00:00Z", 9, "complete"),
        ("r4", "C2", "2026-03-05T09:00:00Z", 9, "complete"),
        ("r5", "C3", "2026-03-31T21:30:00Z", 8, "complete"),
        ("r6", "C4", "2026-03-31T20:59:00Z", 10, "complete"),
        ("r7", "C5", "2026-03-10T10:00:00Z", 11, "complete"),
        ("r8", "C6", "2026-03-11T10:00:00Z", None, "complete"),
        ("r9", "C7", "2026-03-12T10:00:00Z", 9, "preview"),
        ("r10", "C8", "2026-03-13T10:00:00Z", 8.5, "complete"),
        ("r11", "C9", "2026-03-14T10:00:00Z", 2, "partial"),
        ("r12", "C10", "2026-02-28T22:30:00Z", 9, "complete"),
    ):
        contact_id = survey.contact(contact, f"nps7-{contact}") if response_id != "r2" else f"nps7-{contact}"
        survey.answer(survey.response(at, response_id, contact_id=contact_id, status=status), "q", value)


def tv_nps_6(raw: RawFolder) -> None:
    """Six people in each of two months, four of them in both."""
    survey = nps(raw, "nps6")
    known: dict[int, str] = {}
    for at, votes in (
        (FEBRUARY, {3: 6, 4: 8, 5: 9, 6: 5, 7: 10, 8: 7}),
        (MARCH, {1: 9, 2: 10, 3: 7, 4: 9, 5: 10, 6: 6}),
    ):
        for person, value in votes.items():
            if person not in known:
                known[person] = survey.contact(f"P{person}", f"nps6-{person}")
            survey.answer(survey.response(at, contact_id=known[person]), "q", value)


def unanimous(raw: RawFolder) -> None:
    """All say 10 in two months: the same five paying customers, and five others after an interaction.

    Seven others differ, and say in March what they said in February.
    """
    same, agreed = nps(raw, "same"), nps(raw, "agreed", "transactional")
    for number in range(5):
        contact = same.contact(f"P{number}", f"same-{number}")
        raw.add(
            "crm", "subscriptions", subscription_id=f"same-{number}", customer_id=f"same-{number}",
            started_at="2026-01-10T00:00:00Z", ended_at="2026-04-01T00:00:00Z", mrr=10,
        )  # fmt: skip
        for at in (FEBRUARY, MARCH):
            same.answer(same.response(at, contact_id=contact), "q", 10)
    for at in (FEBRUARY, MARCH):
        agreed.answers("q", [10] * 5, at)
    faithful = nps(raw, "faithful")
    for number, value in enumerate((9, 9, 9, 7, 3, 3, 8)):
        contact = faithful.contact(f"P{number}", f"faithful-{number}")
        for at in (FEBRUARY, MARCH):
            faithful.answer(faithful.response(at, contact_id=contact), "q", value)


def scales_of_one_size(raw: RawFolder) -> None:
    """A survey whose own scale is to ten, and as many of its answers are to five, as the programme's are."""
    surveys = {name: Survey(raw, f"{name} scales", "exit") for name in ("two", "one")}
    for name, top in (("two", 5), ("two", 10), ("one", 5)):
        surveys[name].question(f"to{top}", "csat", scale_min=1, scale_max=top)
    for at, to_ten, to_five in ((FEBRUARY, 10, 5), (MARCH, 2, 2)):
        surveys["two"].answers("to5", [4] * 5, at)
        surveys["two"].answers("to10", [to_ten] * 5, at)
        surveys["one"].answers("to5", [to_five] * 10, at)


def grouped_votes(raw: RawFolder) -> None:
    """Several contacts of one account (TV-NPS-8) and one customer after several interactions (TV-NPS-9)."""
    for account, revenue in (("A1", 75), ("A2", "8.3333"), ("A3", "41.6667")):  # ARR 900, 100, 500
        raw.add(
            "crm", "subscriptions", subscription_id=f"nps8-{account}", customer_id=f"nps8-{account}",
            started_at="2026-04-10T00:00:00Z", mrr=revenue,
        )  # fmt: skip
    for survey, groups in (
        (nps(raw, "nps8"), {"A1": [10, 9, 2], "A2": [6], "A3": [9, 8]}),
        (
            nps(raw, "nps9", "transactional"),
            {"C1": [9, 10, 9, 3], "C2": [6, 5], "C3": [8], "C4": [10], "C5": [9, 7]},
        ),
    ):
        for customer, values in groups.items():
            for number, value in enumerate(values):
                contact = survey.contact(f"{customer}{number}", f"{survey.survey_id}-{customer}")
                survey.answer(survey.response(contact_id=contact), "q", value)


def csat_and_ces_vectors(raw: RawFolder) -> None:
    for survey_id, metric, low, high, direction, values in (
        ("csat1", "csat", 1, 5, 1, [5, 5, 4, 4, 4, 3, 2, 1, 5, 4, None, 4]),
        ("csat2", "csat", 1, 3, 1, [3, 3, 2, 1, 3, 2, 3, 3]),
        ("csat3", "csat", 1, 7, 1, [7, 6, 5, 6, 7, 4, 2, 6]),
        ("csat4", "csat", 1, 10, 1, [10, 9, 9, 8, 7, 10, 5, 1, 9, 8]),
        ("ces1", "ces5", 1, 5, 1, [5, 4, 4, 3, 2, 5, 1, 4, None]),
        ("ces2", "ces2", 1, 7, 1, [7, 6, 5, 5, 4, 3, 7, 6, 2, 5]),
        ("ces3", "ces1", 1, 5, -1, [1, 2, 2, 5, 3]),
    ):
        survey = Survey(raw, survey_id, "transactional")
        survey.question("q", metric, scale_min=low, scale_max=high, direction=direction)
        survey.answers("q", values)


def index_vectors(raw: RawFolder) -> None:
    csi1 = Survey(raw, "csi1", "relational")
    csi3 = Survey(raw, "csi3", "study")
    for survey, attributes in ((csi1, ["quality", "speed", "staff"]), (csi3, ["a", "b"])):
        for attribute in attributes:
            survey.question(attribute, "csi", attribute=attribute, scale_min=1, scale_max=10)
            survey.question(
                f"{attribute}_importance", "csi_importance", attribute=attribute, scale_min=1, scale_max=10
            )
    for satisfaction, importance in TV_CSI_1:
        response = csi1.response()
        for attribute, score, weight in zip(
            ["quality", "speed", "staff"], satisfaction, importance, strict=True
        ):
            csi1.answer(response, attribute, score)
            csi1.answer(response, f"{attribute}_importance", weight)
    for _ in range(3):
        response = csi3.response()
        for attribute, weight in (("a", 10), ("b", 4)):
            csi3.answer(response, attribute, 9)
            csi3.answer(response, f"{attribute}_importance", weight)

    # TV-CSI-2: the first four people as a study, whose weights are its own.
    csi2 = Survey(raw, "csi2", "study")
    for attribute in ("quality", "speed", "staff"):
        csi2.question(attribute, "csi", attribute=attribute, scale_min=1, scale_max=10)
        csi2.question(
            f"{attribute}_importance", "csi_importance", attribute=attribute, scale_min=1, scale_max=10
        )
    for satisfaction, importance in TV_CSI_1[:4]:
        response = csi2.response()
        for attribute, score, weight in zip(
            ("quality", "speed", "staff"), satisfaction, importance, strict=True
        ):
            csi2.answer(response, attribute, score)
            csi2.answer(response, f"{attribute}_importance", weight)

    # TV-CSI-4 twice: items that count alike, and the published weights of Ohio in another programme.
    items = ["acsi_overall", "acsi_expectation", "acsi_ideal"]
    for csi4 in (Survey(raw, "csi4", "relational"), Survey(raw, "csi4w", "study")):
        for item in items:
            csi4.question(item, item, scale_min=1, scale_max=10)
        for scores in ([8, 7, 7], [9, 8, 8], [6, 6, 5], [10, 9, 9], [7, 8, 6], [8, 8, 7]):
            response = csi4.response()
            for item, score in zip(items, scores, strict=True):
                csi4.answer(response, item, score)

    # Each case of TV-IMP-1 ten times: correlations stay, and the required base of 100 is met.
    imp1 = Survey(raw, "imp1", "transactional")
    imp1.question("overall", "csat", scale_min=1, scale_max=10)
    for attribute in ("x1", "x2", "x3"):
        imp1.question(attribute, "csi", attribute=attribute, scale_min=1, scale_max=10)
    for case in [
        (9, 8, 7, 9), (8, 8, 6, 8), (7, 5, 8, 7), (6, 6, 5, 6), (9, 9, 9, 10), (5, 4, 6, 5), (8, 7, 9, 8),
        (4, 5, 4, 4), (7, 8, 6, 7), (10, 9, 8, 10), (6, 5, 7, 6), (3, 4, 5, 3),
    ] * 10:  # fmt: skip
        response = imp1.response()
        for name, score in zip(("x1", "x2", "x3", "overall"), case, strict=True):
            imp1.answer(response, name, score)


def tv_csi_5(raw: RawFolder) -> None:
    """Three channels in two years: means of 80, 70, 60 and 82, 72, 63, and who was contacted where."""
    survey = Survey(raw, "csi5", "exit")
    survey.question("all", "csi", attribute="all", scale_min=0, scale_max=1000)
    for year, contacts, channels in (
        (2025, (6, 3, 1), ((80, 5), (70, 7.5), (60, 10))),
        (2026, (3, 3, 4), ((82, 6), (72, 7), (63, 5.5))),
    ):
        at = datetime(year, 4, 1, 10)
        for channel, number, (mean, spread) in zip(("Phone", "chat", "app"), contacts, channels, strict=True):
            # 26 people, half of them above: the standard error of the mean is a fifth of the spread.
            for person in range(26):
                value = 10 * (mean + (spread if person % 2 else -spread))
                survey.answer(survey.response(at, channel=channel), "all", round(value))
            for _ in range(number):
                raw.add(
                    "crm", "touchpoints", touchpoint_id=f"T{raw.count('crm', 'touchpoints')}",
                    occurred_at=f"{at:%Y-%m-%dT%H:%M:%SZ}", channel=channel,
                )  # fmt: skip


def tv_wgt_1(raw: RawFolder) -> None:
    """Three segments that answer unlike their size, in a quarter of their own."""
    survey = nps(raw, "wgt1")
    survey.question("effort", "ces5", scale_min=1, scale_max=5)
    number = count(1)
    for segment, votes in (("SMB", (20, 10, 10)), ("Mid", (30, 20, 10)), ("Ent", (40, 15, 5))):
        for value in classes(*votes):
            customer = f"wgt1-{next(number)}"
            raw.add("crm", "customers", customer_id=customer, segment=segment)
            response = survey.response(
                datetime(2024, 8, 5, 10),
                customer_id=customer,
                channel="phone" if segment == "Ent" else "email",
            )
            survey.answer(response, "q", value)
            survey.answer(response, "effort", 5 if value >= 9 else 2)
    # A month later people whose segment nobody knows, and no weights.
    for channel, value in product(("phone", "email"), (10, 9, 8, 0)):
        survey.answer(survey.response(datetime(2024, 9, 5, 10), channel=channel), "q", value)


def tv_rr_1_and_nrb_1(raw: RawFolder) -> None:
    """1,200 paying customers, 1,020 asked, 980 reached; a hundred leave later, 12 of whom answered."""
    survey = nps(raw, "cov1")
    for number in range(1200):
        customer = f"cov1-{number}"
        left_later = 40 <= number < 140
        raw.add(
            "crm", "subscriptions", subscription_id=customer, customer_id=customer, mrr=10,
            started_at="2025-09-01T00:00:00Z", ended_at="2026-02-10T00:00:00Z" if left_later else None,
        )  # fmt: skip
        if number >= 1020:
            # Asked a month before, and so not now.
            raw.add(
                "surveys", "invitations", invitation_id=f"rest-{number}", survey_id="cov1",
                customer_id=customer, sent_at="2025-12-10T08:00:00Z",
            )  # fmt: skip
            continue
        raw.add(
            "surveys", "invitations", invitation_id=customer, survey_id="cov1", customer_id=customer,
            sent_at="2026-01-12T08:00:00Z",
            bounced_at="2026-01-12T08:01:00Z" if number < 40 else None,
        )  # fmt: skip
        answers = number < 52 if left_later else 140 <= number < 340
        if number >= 40 and answers:
            response = survey.response(
                datetime(2026, 1, 13, 10), customer_id=customer, invitation_id=customer
            )
            survey.answer(response, "q", 9)


def invitations_about_tickets_and_orders(raw: RawFolder) -> None:
    """Of six units of March two are asked about: a ticket by what was merged into it, and an order.

    A ticket and an order have one name; who wrote the ticket was asked in February, who ordered was not.
    """
    Survey(raw, "cov2", "transactional").question("q", "csat", scale_min=1, scale_max=5)
    for ticket, customer, survivor in (
        ("cov2-a", "cov2-ann", None), ("cov2-b", "cov2-ann", "cov2-a"), ("cov2-same", "cov2-bob", None),
        ("cov2-d", "cov2-cid", None), ("cov2-e", "cov2-cid", None),
    ):  # fmt: skip
        raw.add(
            "helpdesk", "tickets", ticket_id=ticket, customer_id=customer, status="solved",
            created_at="2026-03-03T08:00:00Z", merged_into_ticket_id=survivor,
        )  # fmt: skip
        raw.add(
            "helpdesk", "ticket_events", event_id=ticket, ticket_id=ticket, field="status", old_value="new",
            new_value="solved", occurred_at="2026-03-04T08:00:00Z",
        )  # fmt: skip
    for order, customer in (("cov2-same", "cov2-dan"), ("cov2-f", "cov2-eve")):
        raw.add(
            "crm", "orders", order_id=order, customer_id=customer, amount=10,
            ordered_at="2026-03-05T08:00:00Z",
        )  # fmt: skip
    for customer, sent_at, about in (
        ("cov2-bob", "2026-02-10T08:00:00Z", {}),
        ("cov2-ann", "2026-03-06T08:00:00Z", {"ticket_id": "cov2-b"}),
        ("cov2-eve", "2026-03-06T08:00:00Z", {"order_id": "cov2-f"}),
    ):
        raw.add(
            "surveys", "invitations", invitation_id=f"{customer}-{sent_at}", survey_id="cov2",
            customer_id=customer, sent_at=sent_at, **about,
        )  # fmt: skip


def funnel_vectors(raw: RawFolder) -> None:
    """TV-RR-1 and TV-CSAT-5."""
    survey = Survey(raw, "rr1", "study")
    survey.question("q", "csat", scale_min=1, scale_max=5)
    survey.question("why", "comment")
    states = ["bounced"] * 40 + ["complete"] * 215 + ["partial"] * 15 + ["unscored"] * 5
    states += ["started"] * 25 + ["opt_out"] * 9 + ["silent"] * 711
    for number, state in enumerate(states):
        invitation = f"rr1-{number}"
        raw.add(
            "surveys", "invitations", invitation_id=invitation, survey_id="rr1",
            sent_at="2026-05-04T08:00:00Z",
            bounced_at="2026-05-04T08:01:00Z" if state == "bounced" else None,
            started_at=None if state in ("bounced", "opt_out", "silent") else "2026-05-04T09:00:00Z",
            opted_out_at="2026-05-04T09:00:00Z" if state == "opt_out" else None,
        )  # fmt: skip
        if state in ("complete", "partial", "unscored"):
            status = "partial" if state == "partial" else "complete"
            response = survey.response(invitation_id=invitation, status=status)
            survey.answer(response, "q", None if state == "unscored" else 4)

    rated = Survey(raw, "csat5", "transactional")
    rated.question("q", "csat", scale_min=0, scale_max=1)
    for number in range(500):
        raw.add(
            "surveys", "invitations", invitation_id=f"csat5-{number}", survey_id="csat5",
            sent_at="2026-05-04T08:00:00Z",
        )  # fmt: skip
        if number < 100:
            response = rated.response(invitation_id=f"csat5-{number}")
            rated.answer(response, "q", 1 if number < 90 else 0)


# Texts of one channel in two months: the price rises, delivery falls, faults are new, and xyz names no theme.
APRIL = datetime(2026, 4, 10, 10)
APRIL_TEXTS = {"The price": 4, "Delivery": 26, "The price of delivery": 2, "xyz": 28}
MAY_TEXTS = {"The price": 24, "Delivery": 6, "The price of delivery": 1, "An outage": 3, "xyz": 16}


def voice_vectors(raw: RawFolder) -> None:
    """TV-VOC-1 as comments without a score, TV-SENT-1 as labelled mentions."""
    survey = Survey(raw, "voc1", "study", channel="voc1")
    survey.question("text", "comment")
    texts = ["The price"] * 8 + ["The price of delivery"] * 4 + ["Delivery"] * 5
    texts += ["Nothing to add"] * 3 + ["The invoice"] * 30 + [" "] * 4
    for text in texts:
        survey.answer(survey.response(language="en"), "text", text)
    changed = Survey(raw, "voc2", "study", channel="voc2")
    changed.question("text", "comment")
    for at, texts in ((APRIL, APRIL_TEXTS), (MAY, MAY_TEXTS)):
        for text, number in texts.items():
            for _ in range(number):
                changed.answer(changed.response(at, language="en"), "text", text)
    tone = Survey(raw, "tone", "study")
    tone.question("text", "comment")
    for number, (language, text, _, _) in enumerate(THEMES):
        tone.answer(tone.response(response_id=f"theme{number}", language=language), "text", text)
    for number, (text, _) in enumerate(MASKED):
        tone.answer(tone.response(response_id=f"masked{number}", language="fi"), "text", text)
    for sentiment, number in (("positive", 40), ("neutral", 35), ("negative", 25), (None, 20)):
        for _ in range(number):
            raw.add(
                "voice", "mentions", mention_id=f"M{raw.count('voice', 'mentions')}", platform="forum",
                posted_at="2026-05-04T10:00:00Z", text="xyz", language="en", sentiment=sentiment,
            )  # fmt: skip


def tv_emo_1(raw: RawFolder) -> None:
    """60 responses; some choose two emotions, of which the valence of the whole is what counts."""
    survey = Survey(raw, "emo1", "study")
    survey.question("q", "emotion")
    chosen = [["Joy"]] * 30 + [["радость", "trust"]] * 4 + [["surprise"]] * 14 + [["anger", "joy"]]
    chosen += [["Pyktis"]] * 11 + [["mixed feelings"]] * 2
    for emotions in chosen:
        response = survey.response()
        for number, emotion in enumerate(emotions, start=1):
            survey.answer(response, "q", emotion, answer_no=number)


def percentile_vectors(raw: RawFolder) -> None:
    """TV-PCT-1 and TV-PCT-2 as ages, in minutes, of the tickets open at the end of two local days."""
    for midnight, ages in (
        (datetime(2026, 6, 9, 21), [3, 5, 6, 8, 9, 11, 14, 15, 18, 22, 27, 35, 50, 80, 200]),
        (datetime(2026, 6, 19, 21), list(range(1, 61))),
    ):
        for age in ages:
            ticket = f"pct-{midnight:%d}-{age}"
            raw.add(
                "helpdesk", "tickets", ticket_id=ticket, status="solved",
                created_at=f"{midnight - timedelta(minutes=age):%Y-%m-%dT%H:%M:%SZ}",
            )  # fmt: skip
            raw.add(
                "helpdesk", "ticket_events", event_id=f"{ticket}-solved", ticket_id=ticket, field="status",
                occurred_at=f"{midnight + timedelta(hours=9):%Y-%m-%dT%H:%M:%SZ}",
                old_value="new", new_value="solved",
            )  # fmt: skip


def which_answer_counts(raw: RawFolder) -> None:
    """Edits, cooldown, double submissions, strangers and a scale that is not NPS."""
    edits = nps(raw, "edits")
    response = edits.response(MAY)
    edits.answer(response, "q", 2)
    for days, value in ((6, 8), (8, 10)):
        edits.answer(response, "q", value, updated_at=f"{MAY + timedelta(days):%Y-%m-%dT%H:%M:%SZ}")

    calls = nps(raw, "calls", "transactional")
    contact = calls.contact("C", "calls-C")
    for days, value in ((0, 0), (20, 7), (45, 9), (75, 10)):
        calls.answer(calls.response(MAY + timedelta(days), contact_id=contact), "q", value)

    orders = nps(raw, "orders", "transactional")
    orders.question("why", "comment")
    contact = orders.contact("C", "orders-C")
    for minutes, invitation, text in (
        (0, None, "fine"), (8, None, "fine"), (16, None, "fine"), (17, None, "better"),
        (40, "I1", "fine"), (41, "I2", "fine"), (42, None, "fine"),
    ):  # fmt: skip
        response = orders.response(
            MAY + timedelta(minutes=minutes), contact_id=contact, invitation_id=invitation
        )
        orders.answer(response, "q", "9.0" if minutes == 8 else 9)
        orders.answer(response, "why", text)

    strangers = nps(raw, "strangers")
    raw.add("crm", "customers", customer_id="invented", is_test="true")
    raw.add("crm", "contacts", contact_id="colleague", customer_id="us", is_employee="true")
    for who in ({"customer_id": "invented"}, {"contact_id": "colleague"}, {"is_test": "true"}):
        strangers.answer(strangers.response(**who), "q", 9)
    strangers.answer(strangers.response(status="spam"), "q", 9)
    kept = strangers.response(customer_id="nobody knows")
    strangers.answer(kept, "q", 9)

    odd = Survey(raw, "odd", "relational")
    odd.question("q", "nps", scale_min=1, scale_max=10)
    odd.answers("q", [9, 10, 10])


@pytest.fixture(scope="module")
def marts(
    tmp_path_factory: pytest.TempPathFactory,
) -> duckdb.DuckDBPyConnection:
    """The marts built from every case of this file, with population cells as a user would fill them in."""
    raw = RawFolder()
    for case in (
        nps_vectors, tv_nps_6, unanimous, scales_of_one_size, tv_nps_7, grouped_votes,
        csat_and_ces_vectors, index_vectors, tv_csi_5, tv_wgt_1, tv_rr_1_and_nrb_1,
        invitations_about_tickets_and_orders, funnel_vectors, percentile_vectors, tv_emo_1, voice_vectors,
        which_answer_counts, web_vectors,
    ):  # fmt: skip
        case(raw)
    warehouse = Warehouse(tmp_path_factory.mktemp("warehouse"), {})
    variables = {
        **VARIABLES, "raw": "files", "raw_path": str(raw.write(tmp_path_factory.mktemp("feedback")))
    }  # fmt: skip
    warehouse.dbt("seed", variables=variables)
    with duckdb.connect(str(warehouse.build_file)) as build:
        build.executemany(
            "insert into reference.population_cells values (date '2024-01-01', ?, null, ?)",
            [("SMB", 800), ("Mid", 150), ("Ent", 50)],
        )
        build.executemany(
            "insert into reference.acsi_weights values ('study', ?, ?)",
            [("acsi_overall", 0.3885), ("acsi_expectation", 0.3190), ("acsi_ideal", 0.2925)],
        )
    warehouse.dbt(
        "build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "seed",
        variables=variables,
    )  # fmt: skip
    workspace = Workspace(tmp_path_factory.mktemp("to"))
    workspace.build_file.parent.mkdir()
    warehouse.build_file.rename(workspace.build_file)
    with open_build("duckdb", workspace) as database:
        assert fill_in_importance(database) == 6
    return duckdb.connect(str(workspace.build_file))


def row(marts: duckdb.DuckDBPyConnection, sql: str, *parameters: Any) -> tuple[Any, ...]:
    found = marts.execute(sql, list(parameters)).fetchall()
    assert len(found) == 1, f"{len(found)} rows"
    return tuple(found[0])


def measure(marts: duckdb.DuckDBPyConnection, metric: str, survey: str) -> tuple[Any, ...]:
    """Value, base and interval of a metric over all time, for one survey."""
    return row(
        marts,
        "select value, base, ci_low, ci_high from intermediate.int_feedback_measures where metric = ?"
        " and period_grain = 'all' and dimension = 'survey' and dimension_value = ?",
        metric,
        survey,
    )


@pytest.mark.parametrize(
    ("survey", "counts", "score", "error", "low", "high", "status"),
    [
        ("nps1", (4, 3, 3), 10.0, 26.267851, -36.063945, 51.448560, "low_base"),
        ("nps2", (120, 50, 30), 45.0, 5.232112, 34.135419, 54.534532, "ok"),
        ("nps3", (5, 0, 0), 100.0, 0.0, 17.491453, 100.0, "low_base"),
    ],
)
def test_tv_nps_1_to_3_score_and_interval(
    marts: duckdb.DuckDBPyConnection, survey: str, counts: tuple[int, int, int], score: float,
    error: float, low: float, high: float, status: str,
) -> None:  # fmt: skip
    got = row(
        marts,
        "select promoters, passives, detractors, nps, standard_error, ci_low, ci_high, publish_status"
        " from marts.kpi_nps where period_grain = 'month' and dimension = 'survey' and dimension_value = ?",
        survey,
    )
    assert got[:3] == counts
    assert got[3:7] == approx((score, error, low, high), abs=5e-7)
    assert got[7] == status


def test_a_cell_below_the_smallest_base_shows_its_base_and_nothing_else(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    got = row(
        marts,
        "select base, promoters, nps, standard_error, ci_low, publish_status from marts.kpi_nps"
        " where period_grain = 'month' and dimension = 'survey' and dimension_value = 'hidden'",
    )
    assert got == (2, None, None, None, None, "suppressed")


@pytest.mark.parametrize(("survey", "before", "after"), [("nps4", 20, 45), ("nps5", 25, 40)])
def test_tv_nps_4_and_5_periods_are_counted_apart(
    marts: duckdb.DuckDBPyConnection, survey: str, before: float, after: float
) -> None:
    got = marts.execute(
        "select nps from marts.kpi_nps where period_grain = 'month' and dimension = 'survey'"
        " and dimension_value = ? order by period_start",
        [survey],
    ).fetchall()
    assert got == [approx((before,)), approx((after,))]


def test_tv_nps_7_latest_valid_answer_of_the_local_month(marts: duckdb.DuckDBPyConnection) -> None:
    got = row(
        marts,
        "select promoters, passives, detractors, nps, standard_error, ci_low, ci_high from marts.kpi_nps"
        " where period_grain = 'month' and period_start = date '2026-03-01' and dimension = 'survey'"
        " and dimension_value = 'nps7'",
    )
    assert got[:3] == (3, 0, 2)
    assert got[3:] == approx((20.0, 43.817805, -49.358331, 74.358331), abs=5e-7)
    rejected = marts.execute(
        "select row_key, reason from quality.rejected_rows where row_key like 'nps7-%' order by 1"
    ).fetchall()
    assert [reason for _, reason in rejected] == [
        "score between the steps of its scale",
        "score outside its scale",
    ]


def test_tv_nps_8_respondents_accounts_and_revenue(marts: duckdb.DuckDBPyConnection) -> None:
    assert measure(marts, "nps_rel", "nps8")[:2] == approx((16.666667, 6), abs=5e-7)
    assert measure(marts, "nps_account", "nps8")[:2] == approx((-5.555556, 3), abs=5e-7)
    value, base, low, high = measure(marts, "nps_revenue", "nps8")
    assert (value, base) == approx((30.0, 3), abs=5e-5)
    revenue, scores = np.array([900, 100, 500]), 100 * np.array([1 / 3, -1, 0.5])
    residuals = revenue * (scores - 30)
    error = np.sqrt(3 / 2 * (residuals**2).sum()) / revenue.sum()
    assert (low, high) == approx(
        (30 - stats.t.ppf(0.975, 2) * error, 30 + stats.t.ppf(0.975, 2) * error), abs=1e-3
    )


def test_tv_nps_6_people_in_both_periods(marts: duckdb.DuckDBPyConnection) -> None:
    """Independent samples would have a standard error of 50 and z of 1."""
    got = row(
        marts,
        "select previous_value, value, change, common_respondents, change_ci_low, change_ci_high, p_value"
        " from marts.kpi_metric_values where metric = 'nps_rel' and period_grain = 'month'"
        " and period_start = date '2026-03-01' and dimension = 'survey' and dimension_value = 'nps6'",
    )
    assert got[:4] == approx((0, 50, 50, 4))
    z, error = 1.959963984540054, 28.86751345948129
    assert got[4:6] == approx((50 - z * error, 50 + z * error), abs=5e-7)
    assert got[6] == approx(2 * stats.norm.sf(1.7320508), abs=2e-7)
    common, covariance = row(
        marts,
        "select common_respondents, vote_covariance from intermediate.int_feedback_nps_overlaps"
        " where period_grain = 'month' and dimension = 'survey' and dimension_value = 'nps6'",
    )
    assert (common, covariance) == approx((4, 0.75))


@pytest.mark.parametrize(
    ("metric", "survey", "in_common", "value"),
    [
        ("nps_rel", "same", 5, 100),
        ("nps_rel", "faithful", 7, 100 / 7),
        ("nps_revenue", "same", None, 100),
        ("nps_txn", "agreed", None, 100),
    ],
)
def test_a_change_without_any_spread_has_neither_interval_nor_p(
    marts: duckdb.DuckDBPyConnection, metric: str, survey: str, in_common: int | None, value: float
) -> None:
    """An interval of no width would claim that nothing is left to chance (TV-NPS-3, decisions, 20)."""
    got = row(
        marts,
        "select previous_value, value, change, common_respondents, change_ci_low, change_ci_high, p_value,"
        " p_adjusted from marts.kpi_metric_values where metric = ? and period_grain = 'month'"
        " and period_start = date '2026-03-01' and dimension = 'survey' and dimension_value = ?",
        metric, survey,
    )  # fmt: skip
    assert got[:3] == approx((value, value, 0))
    assert got[3:] == (in_common, None, None, None, None)


def test_tv_wgt_1_population_weights(marts: duckdb.DuckDBPyConnection) -> None:
    got = row(
        marts,
        "select base, strata, unweighted_value, unweighted_standard_error, value, standard_error,"
        " ci_low, ci_high,"
        " effective_base, is_capped, is_collapsed from marts.kpi_weighted_scores where metric = 'nps_rel'"
        " and period_grain = 'month' and period_start = date '2024-08-01'",
    )
    assert got[:2] == (160, 3)
    assert got[2:8] == approx((40.625, 5.882766, 27.916667, 10.729062, 6.888092, 48.945241), abs=5e-7)
    assert got[8] == approx(60.9137, abs=5e-5)
    assert got[9:] == (False, False)
    headline = row(
        marts,
        "select value, ci_low, ci_high from marts.kpi_metric_values where metric = 'nps_rel'"
        " and period_grain = 'month' and period_start = date '2024-08-01' and dimension = 'total'",
    )
    assert headline == approx((27.916667, 6.888092, 48.945241), abs=5e-7)


def test_a_weighted_total_is_taken_apart_as_it_was_answered(marts: duckdb.DuckDBPyConnection) -> None:
    got = row(
        marts,
        "select previous_base, base, parts, previous_value, value, rate_effect, mix_effect,"
        " interaction_effect from marts.kpi_mix_effects where metric = 'nps_rel' and programme = 'relational'"
        " and period_grain = 'month' and period_start = date '2024-09-01' and dimension = 'channel'",
    )
    assert got[:3] == (160, 8, 2)
    # 100 by e-mail with an NPS of 30 and 60 by phone with 58 1/3, then 25 in either.
    email, phone = 30, 100 * 35 / 60
    assert got[3:5] == approx((40.625, 25))
    assert got[5:] == approx((
        0.625 * (25 - email) + 0.375 * (25 - phone), -0.125 * email + 0.125 * phone,
        -0.125 * (25 - email) + 0.125 * (25 - phone),
    ))  # fmt: skip


def test_relational_effort_is_weighted_as_every_relational_score(marts: duckdb.DuckDBPyConnection) -> None:
    got = row(
        marts,
        "select base, unweighted_value, value from marts.kpi_weighted_scores where metric = 'ces_5'"
        " and period_grain = 'month' and period_start = date '2024-08-01'",
    )
    assert got == approx((160, 90 / 160, 0.8 * 20 / 40 + 0.15 * 30 / 60 + 0.05 * 40 / 60))


def test_scores_whose_respondents_are_in_no_cell_stay_unweighted(marts: duckdb.DuckDBPyConnection) -> None:
    got = row(
        marts,
        "select count(*), count(*) filter (where is_weighted) from intermediate.int_feedback_measures"
        " where metric = 'nps_rel' and period_grain = 'month' and dimension = 'total'",
    )
    assert got[0] > 3
    assert got[1] == 1


def test_a_ticket_is_covered_by_what_was_merged_into_it_and_is_no_order_of_its_name(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    got = row(
        marts,
        "select base, invited, asked_before, not_chosen from marts.kpi_survey_coverage"
        " where programme = 'transactional' and period_grain = 'month'"
        " and period_start = date '2026-03-01' and dimension = 'total'",
    )
    assert got == (6, 2, 1, 3)


def test_tv_rr_1_coverage(marts: duckdb.DuckDBPyConnection) -> None:
    got = row(
        marts,
        "select base, invited, asked_before, opted_out, no_address, not_chosen, coverage"
        " from marts.kpi_survey_coverage where programme = 'relational' and period_grain = 'month'"
        " and period_start = date '2026-01-01' and dimension = 'total'",
    )
    assert got == (1200, 1020, 180, 0, 0, 0, approx(0.85, abs=5e-7))
    value = row(
        marts,
        "select value, unit from marts.kpi_metric_values where metric = 'survey_coverage'"
        " and programme = 'relational' and period_grain = 'month' and period_start = date '2026-01-01'"
        " and dimension = 'total'",
    )
    assert value == (approx(0.85), "ratio")


def test_tv_nrb_1_who_left_later_answered_less(marts: duckdb.DuckDBPyConnection) -> None:
    got = row(
        marts,
        "select delivered, others_delivered, response_rate, others_response_rate, gap, ci_low, ci_high"
        " from marts.kpi_survey_nonresponse where programme = 'relational' and period_grain = 'month'"
        " and period_start = date '2026-01-01' and frame_variable = 'later_churn' and frame_value = 'stayed'",
    )
    assert got == approx((880, 100, 0.227273, 0.12, 0.107273, 0.024790, 0.164998), abs=5e-7)
    value = row(
        marts,
        "select value, ci_low, ci_high, base from marts.kpi_metric_values"
        " where metric = 'nonresponse_bias_gap' and programme = 'relational' and period_grain = 'month'"
        " and period_start = date '2026-01-01' and dimension = 'total'",
    )
    assert value == approx((0.107273, 0.024790, 0.164998, 100), abs=5e-7)


def test_tv_nps_9_clustered_error_widens_the_interval(marts: duckdb.DuckDBPyConnection) -> None:
    nps_, error, low, high = row(
        marts,
        "select nps, standard_error, ci_low, ci_high from marts.kpi_nps where period_grain = 'all'"
        " and dimension = 'survey' and dimension_value = 'nps9'",
    )
    assert (nps_, error) == approx((20.0, 32.093613), abs=5e-7)
    promoters, detractors, n, z = 5.75, 3.75, 13, 1.959963984540054
    centre = (promoters - detractors) / n
    widening = 32.09361307176243 / 27.568097504180443
    half = widening * z * (((promoters + detractors) / n - centre**2) / n) ** 0.5
    assert (low, high) == approx((100 * (centre - half), 100 * (centre + half)), abs=5e-7)


@pytest.mark.parametrize(
    ("survey", "base", "share", "low", "high", "mean", "pomp"),
    [
        ("csat1", 11, 0.727273, 0.434355, 0.902539, 3.727273, 68.181818),
        ("csat2", 8, 0.625, 0.305742, 0.863156, 2.5, 75.0),
        ("csat3", 8, 0.625, 0.305742, 0.863156, 5.375, 72.916667),
        ("csat4", 10, 0.5, 0.236593, 0.763407, 7.6, 73.333333),
        ("csat5", 100, 0.9, 0.825634, 0.944771, 0.9, 90.0),
    ],
)
def test_tv_csat_share_mean_and_percent_of_scale(
    marts: duckdb.DuckDBPyConnection, survey: str, base: int, share: float, low: float, high: float,
    mean: float, pomp: float,
) -> None:  # fmt: skip
    assert measure(marts, "csat_t2b", survey) == approx((share, base, low, high), abs=5e-7)
    assert measure(marts, "csat_mean", survey)[:2] == approx((mean, base), abs=5e-7)
    assert measure(marts, "csat_pomp", survey)[:2] == approx((pomp, base), abs=5e-7)


def test_tv_csat_1_mean_interval_and_skipped_item(marts: duckdb.DuckDBPyConnection) -> None:
    assert measure(marts, "csat_mean", "csat1")[2:] == approx((2.8727, 4.5819), abs=5e-5)
    assert measure(marts, "dsat_rate", "csat1")[:2] == approx((2 / 11, 11))
    assert measure(marts, "item_nonresponse_rate", "csat1")[:2] == approx((1 / 12, 12))


def test_csat_shares_of_several_scales_are_never_pooled(marts: duckdb.DuckDBPyConnection) -> None:
    """The total of the programme keeps to its most used scale, 1-10 of the importance case."""
    total = row(
        marts,
        "select base from intermediate.int_feedback_measures where metric = 'csat_t2b'"
        " and programme = 'transactional' and period_grain = 'all' and dimension = 'total'",
    )
    assert total == (130,)


def test_as_many_answers_are_not_the_same_answers(marts: duckdb.DuckDBPyConnection) -> None:
    """The surveys' shares are of fifteen as the total's is, but of others: only what pools is taken apart."""
    march = "programme = 'exit' and period_grain = 'month' and period_start = date '2026-03-01'"
    shares = marts.execute(
        "select dimension, sum(base), sum(base * value) from marts.kpi_metric_values"
        f" where metric = 'csat_t2b' and dimension in ('total', 'survey') and {march}"
        " group by dimension order by dimension"
    ).fetchall()
    assert shares == [("survey", 15, 0), ("total", 15, 5)]
    effects = marts.execute(
        f"select metric, base from marts.kpi_mix_effects where metric like 'csat%' and {march}"
    ).fetchall()
    assert effects == [("csat_pomp", 20)]


def test_tv_ces(marts: duckdb.DuckDBPyConnection) -> None:
    assert measure(marts, "ces_5", "ces1") == approx((0.625, 8, 0.305742, 0.863156), abs=5e-7)
    assert measure(marts, "ces2_pct", "ces2") == approx((0.7, 10, 0.396778, 0.892209), abs=5e-7)
    assert measure(marts, "ces2_mean", "ces2") == approx((5.0, 10, 3.8318, 6.1682), abs=5e-5)
    assert measure(marts, "ces2_net", "ces2")[:2] == approx((50.0, 10))
    assert measure(marts, "ces_1", "ces3")[:2] == approx((0.6, 5))
    recoded = marts.execute(
        "select score from marts.fct_survey_answers where survey_id = 'ces3' order by response_id"
    ).fetchall()
    assert [score for (score,) in recoded] == [5, 4, 4, 1, 3]


def test_tv_csi_1_respondents_index_and_interval(marts: duckdb.DuckDBPyConnection) -> None:
    scores = marts.execute(
        "select csi_score, csi_weight_answered, csi_weight_source from marts.fct_survey_responses"
        " where survey_id = 'csi1' order by response_id"
    ).fetchall()
    assert [score for score, _, _ in scores] == approx(
        [74.4821, 69.0207, 85.5932, 52.2599, 83.7121], abs=5e-5
    )
    assert [weight for _, weight, _ in scores] == approx([1, 1, 1, 1, 0.745763], abs=5e-7)
    assert {source for _, _, source in scores} == {"stated"}
    assert measure(marts, "csi", "csi1") == approx((73.013611, 5, 56.3373, 89.6899), abs=5e-5)
    weights = marts.execute(
        "select weight from intermediate.int_csi_weights where programme = 'relational' order by attribute"
    ).fetchall()
    assert [weight for (weight,) in weights] == approx([0.398305, 0.347458, 0.254237], abs=5e-7)


def test_tv_csi_2_weights_of_the_same_sample(marts: duckdb.DuckDBPyConnection) -> None:
    got = row(
        marts,
        "select base, csi, standard_error, ci_low, ci_high, fixed_standard_error from marts.kpi_csi_studies"
        " where survey_id = 'csi2' and period_grain = 'month'",
    )
    assert got == approx((4, 70.212766, 7.622260, 45.955318, 94.470214, 6.942537), abs=2e-5)


def test_tv_csi_5_channels_and_their_mix(marts: duckdb.DuckDBPyConnection) -> None:
    channels = marts.execute(
        "select channel_group, csi, contact_share, base_year_share, standard_error from"
        " marts.kpi_csi_channels"
        " where programme = 'exit' and period_grain = 'year' and period_start = date '2026-01-01' order by 1"
    ).fetchall()
    assert channels == [
        ("mobile_app", approx(63), approx(0.4), approx(0.1), approx(1.1)),
        ("text", approx(72), approx(0.3), approx(0.3), approx(1.4)),
        ("voice", approx(82), approx(0.3), approx(0.6), approx(1.2)),
    ]
    got = row(
        marts,
        "select previous_current_mix, current_mix, change, rate_effect, mix_effect, interaction_effect,"
        " fixed_mix,"
        " fixed_standard_error, current_standard_error, contact_coverage, has_low_base_component"
        " from marts.kpi_csi_rollups where programme = 'exit' and period_grain = 'year'"
        " and period_start = date '2026-01-01'",
    )
    assert got[:7] == approx((75.0, 71.4, -3.6, 2.1, -6.0, 0.3, 77.1), abs=5e-7)
    assert got[7:10] == approx((0.840773, 0.706824, 1.0), abs=5e-7)
    assert got[10] is True  # 26 answers in a channel are fewer than 30
    value = row(
        marts,
        "select value, standard_error, change from marts.kpi_metric_values where metric = 'csi_rollup_fixed'"
        " and period_grain = 'year' and period_start = date '2026-01-01'",
    )
    assert value == approx((77.1, 0.840773, 2.1), abs=5e-7)


def test_tv_csi_3_importance_is_not_satisfaction(marts: duckdb.DuckDBPyConnection) -> None:
    satisfaction = marts.execute(
        "select satisfaction from marts.kpi_csi_attributes where programme = 'study' and period_grain = 'all'"
        " and dimension = 'survey' and dimension_value = 'csi3' order by attribute"
    ).fetchall()
    assert satisfaction == [approx((88.888889,), abs=5e-7)] * 2


def test_tv_csi_4_acsi_type_index(marts: duckdb.DuckDBPyConnection) -> None:
    assert measure(marts, "csi_acsi", "csi4")[:2] == approx((72.839506, 6), abs=5e-7)
    assert measure(marts, "csi_acsi", "csi4w") == approx((73.346296, 6, 58.794418, 87.898175), abs=5e-6)


def test_tv_imp_1_normalised_r_squared(marts: duckdb.DuckDBPyConnection) -> None:
    derived = marts.execute(
        "select importance_derived, complete_cases from marts.kpi_csi_attributes"
        " where programme = 'transactional' and period_grain = 'all' and dimension = 'total'"
        " order by attribute"
    ).fetchall()
    assert [share for share, _ in derived] == approx([0.4127, 0.3369, 0.2503], abs=5e-5)
    assert {cases for _, cases in derived} == {120}


def test_tv_imp_1_relative_weights_reach_the_mart(marts: duckdb.DuckDBPyConnection) -> None:
    got = marts.execute(
        "select imp_r2, imp_beta, imp_johnson, imp_shapley, r_squared, correlation, base,"
        " johnson_ci_low <= imp_johnson and imp_johnson <= johnson_ci_high from marts.kpi_csi_importance"
        " where programme = 'transactional' and period_grain = 'all' order by attribute"
    ).fetchall()
    assert [line[:6] for line in got] == [
        approx((0.4127, 0.7461, 0.4032, 0.4447, 0.991461, 0.9925), abs=5e-5),
        approx((0.3369, 0.1719, 0.3498, 0.3297, 0.991461, 0.8967), abs=5e-5),
        approx((0.2503, 0.1253, 0.2470, 0.2256, 0.991461, 0.7729), abs=5e-5),
    ]
    assert [line[6:] for line in got] == [(120, True)] * 3


def test_tv_ipa_1_gap_and_quadrant(marts: duckdb.DuckDBPyConnection) -> None:
    got = marts.execute(
        "select satisfaction, importance_stated, gap, point_quadrant, quadrant from marts.kpi_csi_attributes"
        " where programme = 'relational' and period_grain = 'all' and dimension = 'total' order by attribute"
    ).fetchall()
    assert [line[:3] for line in got] == [
        approx((84.4444, 93.3333, 8.8889), abs=5e-5),
        approx((55.5556, 80.0, 24.4444), abs=5e-5),
        approx((77.7778, 55.5556, -22.2222), abs=5e-5),
    ]
    assert [line[3] for line in got] == ["keep", "concentrate", "possible_overkill"]
    cuts = marts.execute(
        "select distinct satisfaction_cut, importance_cut from marts.kpi_csi_attributes"
        " where programme = 'relational' and period_grain = 'all' and dimension = 'total'"
    ).fetchall()
    assert cuts == [approx((72.5926, 76.2963), abs=5e-5)]
    # Five people: the interval of every satisfaction crosses its line.
    assert [line[4] for line in got] == ["undetermined"] * 3


def test_tv_rr_1_funnel_rates(marts: duckdb.DuckDBPyConnection) -> None:
    got = row(
        marts,
        "select sent, delivered, started, completed, scored, delivery_rate, start_rate, completion_rate,"
        " response_rate, ci_low, ci_high, minimum_response_rate, opt_out_rate from marts.kpi_survey_funnel"
        " where survey_id = 'rr1' and period_grain = 'month' and dimension = 'total'",
    )
    assert got[:5] == (1020, 980, 260, 220, 230)
    assert got[5:] == approx(
        (0.960784, 0.265306, 0.846154, 0.234694, 0.209227, 0.262232, 0.225490, 0.009184), abs=5e-7
    )
    rates = {
        "survey_delivery_rate": 0.960784,
        "survey_response_rate": 0.234694,
        "survey_opt_out_rate": 0.009184,
    }
    for metric, rate in rates.items():
        assert measure(marts, metric, "rr1")[0] == approx(rate, abs=5e-7)
    assert measure(marts, "survey_response_rate", "csat5")[:2] == approx((0.2, 500))  # TV-CSAT-5


def test_tv_emo_1_emotions(marts: duckdb.DuckDBPyConnection) -> None:
    assert measure(marts, "net_emotion", "emo1") == approx((38.333333, 60, 17.304095, 55.711778), abs=5e-7)
    got = marts.execute(
        "select emotion, chosen, base from marts.kpi_emotions"
        " where period_grain = 'all' and dimension = 'total' order by emotion"
    ).fetchall()
    # A response that chose two emotions counts in both, and once in the base.
    assert got == [
        ("anger", 12, 62), ("joy", 35, 62), ("mixed feelings", 2, 62), ("surprise", 14, 62), ("trust", 4, 62),
    ]  # fmt: skip


def test_tv_pct_percentiles_interpolate(marts: duckdb.DuckDBPyConnection) -> None:
    got = marts.execute(
        "select open_tickets, median_age_minutes, p90_age_minutes from marts.kpi_backlog"
        " where date_day in (date '2026-06-09', date '2026-06-19') and dimension = 'total' order by date_day"
    ).fetchall()
    # Fifteen tickets have a median and no 90th percentile (METRICS §0.4).
    assert got == [(15, approx(15.0), None), (60, approx(30.5), approx(54.1))]


def test_tv_voc_1_theme_share(marts: duckdb.DuckDBPyConnection) -> None:
    price = row(
        marts,
        "select base, theme_share, ci_low, ci_high from marts.kpi_comment_themes where theme = 'price'"
        " and source = 'survey' and period_grain = 'all'"
        " and dimension = 'channel' and dimension_value = 'voc1'",
    )
    assert price == approx((50, 0.24, 0.142974, 0.374127), abs=5e-7)
    covered = row(
        marts,
        "select named, theme_share from marts.kpi_comment_themes where theme = 'any' and source = 'survey'"
        " and period_grain = 'all' and dimension = 'channel' and dimension_value = 'voc1'",
    )
    assert covered == (47, 0.94)


def wilson(x: int, n: int) -> tuple[float, float]:
    """T1."""
    z = 1.959963984540054
    middle = (x / n + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(x / n * (1 - x / n) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


def test_each_theme_is_tested_against_the_month_before(marts: duckdb.DuckDBPyConnection) -> None:
    """Newcombe's interval, the pooled z and Holm's p over the themes, recomputed; `any` stands alone."""
    columns = "previous_share, change, change_ci_low, change_ci_high, p_value, p_adjusted, signal"
    got = {
        theme: values
        for theme, *values in marts.execute(
            f"select theme, {columns} from marts.kpi_comment_themes where source = 'survey'"
            " and dimension_value = 'voc2' and period_grain = 'month' and period_start = '2026-05-01'"
        ).fetchall()
    }
    before, now = sum(APRIL_TEXTS.values()), sum(MAY_TEXTS.values())
    named = {"price": (6, 25), "delivery": (28, 7), "reliability": (0, 3), "any": (32, 34)}
    assert set(got) == set(named)
    p_values = {}
    for theme, (x2, x1) in named.items():
        previous_share, change, low, high, p_value, _, _ = got[theme]
        (l1, u1), (l2, u2) = wilson(x1, now), wilson(x2, before)
        p1, p2, pooled = x1 / now, x2 / before, (x1 + x2) / (now + before)
        z = (p1 - p2) / math.sqrt(pooled * (1 - pooled) * (1 / now + 1 / before))
        p_values[theme] = math.erfc(abs(z) / math.sqrt(2))
        assert (previous_share, change) == approx((p2, p1 - p2))
        assert low == approx(p1 - p2 - math.hypot(p1 - l1, u2 - p2))
        assert high == approx(p1 - p2 + math.hypot(u1 - p1, p2 - l2))
        assert p_value == approx(p_values[theme], abs=2e-7)
    alone = p_values.pop("any")
    assert got["any"][5] == approx(alone, abs=2e-7)
    reached = 0.0
    for rank, theme in enumerate(sorted(p_values, key=p_values.__getitem__)):
        reached = max(reached, min(1.0, (len(p_values) - rank) * p_values[theme]))
        assert got[theme][5] == approx(reached, abs=2e-6)
    assert {theme: values[6] for theme, values in got.items()} == {
        "price": "up", "delivery": "down", "reliability": "none", "any": "none",
    }  # fmt: skip
    first = marts.execute(
        f"select {columns} from marts.kpi_comment_themes where source = 'survey'"
        " and dimension_value = 'voc2' and period_grain = 'month' and period_start = '2026-04-01'"
    ).fetchall()
    assert {one for line in first for one in line} == {None}, "nothing stands before the first month"


@pytest.mark.parametrize(
    ("number", "theme", "polarity"), [(n, t, p) for n, (_, _, t, p) in enumerate(THEMES) if t]
)
def test_themes_and_their_polarity_after_negation(
    marts: duckdb.DuckDBPyConnection, number: int, theme: str, polarity: int
) -> None:
    got = row(
        marts,
        "select polarity, is_like, is_dislike from marts.fct_comment_themes"
        " where response_id = ? and theme = ?",
        f"tone-theme{number}",
        theme,
    )
    assert got == (polarity, polarity > 0, polarity < 0)


@pytest.mark.parametrize(("number", "masked"), [(n, masked) for n, (_, masked) in enumerate(MASKED)])
def test_personal_data_in_comments_is_masked(
    marts: duckdb.DuckDBPyConnection, number: int, masked: str
) -> None:
    text = row(marts, "select text from marts.fct_comments where response_id = ?", f"tone-masked{number}")
    assert text == (masked,)


def test_words_that_only_look_like_a_theme_name_none(marts: duckdb.DuckDBPyConnection) -> None:
    """Another language has no dictionary, and "просто" is no praise of simplicity."""
    texts = [f"tone-theme{number}" for number, (_, _, theme, _) in enumerate(THEMES) if theme is None]
    assert len(texts) == 2
    for response in texts:
        named = row(marts, "select count(*) from marts.fct_comment_themes where response_id = ?", response)
        assert named == (0,)


def test_tv_sent_1_net_sentiment_leaves_unknown_texts_out(marts: duckdb.DuckDBPyConnection) -> None:
    got = row(
        marts,
        "select base, value, standard_error, ci_low, ci_high from intermediate.int_feedback_measures"
        " where metric = 'net_sentiment' and programme = 'none' and period_grain = 'all'"
        " and dimension = 'total'",
    )
    assert got == approx((100, 15.0, 7.9215, -0.6974, 29.8236), abs=5e-5)


def test_an_edit_counts_within_its_window_at_the_first_submission(marts: duckdb.DuckDBPyConnection) -> None:
    got = row(marts, "select score, responded_at from marts.fct_survey_answers where survey_id = 'edits'")
    assert got == (8, MAY)


def test_transactional_votes_look_ahead_over_the_cooldown(marts: duckdb.DuckDBPyConnection) -> None:
    """20 and 25 days before the next answer are within 30, exactly 30 days are not."""
    got = marts.execute(
        "select score, is_vote, vote_exclusion from marts.fct_survey_answers"
        " where survey_id = 'calls' order by 1"
    ).fetchall()
    lost = "newer_answer_within_cooldown"
    assert got == [(0, False, lost), (7, False, lost), (9, True, None), (10, True, None)]


def test_double_submissions_are_dropped_and_two_interactions_are_not(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    got = marts.execute(
        "select response_id from marts.fct_survey_answers where survey_id = 'orders' order by 1"
    ).fetchall()
    assert [response for (response,) in got] == ["orders-1", "orders-4", "orders-5", "orders-6"]


def test_tests_employees_and_spam_are_out_of_every_fact(marts: duckdb.DuckDBPyConnection) -> None:
    for fact in ("fct_survey_responses", "fct_survey_answers"):
        got = row(marts, f"select customer_id, segment from marts.{fact} where survey_id = 'strangers'")
        assert got == ("nobody knows", "unknown")


def test_a_question_on_another_scale_is_not_nps(marts: duckdb.DuckDBPyConnection) -> None:
    assert row(marts, "select count(*) from marts.fct_survey_answers where survey_id = 'odd'") == (0,)
    assert row(marts, "select is_scored from marts.dim_questions where survey_id = 'odd'") == (False,)


def test_relational_votes_are_chosen_anew_for_each_period(marts: duckdb.DuckDBPyConnection) -> None:
    """C1 of TV-NPS-7 answered twice: one vote in the month and one in the year, the latest."""
    got = marts.execute(
        "select score, is_vote, vote_exclusion from marts.fct_survey_answers"
        " where respondent_id = 'nps7-C1' order by responded_at"
    ).fetchall()
    assert got == [(10, False, "newer_answer_in_quarter"), (6, True, None)]
    year = row(
        marts,
        "select promoters, passives, detractors from marts.kpi_nps where period_grain = 'year'"
        " and dimension = 'survey' and dimension_value = 'nps7'",
    )
    assert year == (3, 1, 2)


def web_rate(
    marts: duckdb.DuckDBPyConnection, metric: str, country: str, grain: str = "all", start: str = "2026-04-01"
) -> tuple[Any, ...]:
    """Value, base, standard error and interval of a web metric in one country."""
    return row(
        marts,
        "select value, base, standard_error, ci_low, ci_high, publish_status, p_value"
        " from marts.kpi_metric_values where metric = ? and dimension = 'country' and dimension_value = ?"
        f" and period_grain = ? and period_start = date '{start}'",
        metric,
        country,
        grain,
    )


def clustered_error(values: Sequence[int], clusters: Sequence[str]) -> float:
    """T14 as METRICS §1 writes it."""
    mean = sum(values) / len(values)
    residuals: dict[str, float] = {}
    for value, cluster in zip(values, clusters, strict=True):
        residuals[cluster] = residuals.get(cluster, 0.0) + value - mean
    factor = len(residuals) / (len(residuals) - 1)
    return math.sqrt(factor * sum(residual**2 for residual in residuals.values())) / len(values)


def test_tv_web_1_bounces_and_conversions(marts: duckdb.DuckDBPyConnection) -> None:
    assert len(TV_WEB_1) == 100
    assert len({visitor for visitor, _ in TV_WEB_1}) == 70
    bounce = web_rate(marts, "bounce_rate", "TV-WEB-1", "month", "2026-05-01")
    sessions = web_rate(marts, "conversion_rate_session", "TV-WEB-1", "month", "2026-05-01")
    visitors = web_rate(marts, "conversion_rate_user", "TV-WEB-1", "month", "2026-05-01")
    assert bounce[:2] == approx((0.38, 100))
    assert sessions[:2] == approx((0.08, 100))
    assert sessions[3:5] == approx((0.041093461484380624, 0.14998107700948735), abs=1e-12)
    assert visitors[:2] == approx((0.10, 70))
    assert visitors[5] == "ok"


def test_visits_of_one_visitor_are_a_cluster(marts: duckdb.DuckDBPyConnection) -> None:
    """T14 in the error and in the test of the change; April's fifty visitors came once each."""
    _, _, error, _, _, _, p_value = web_rate(
        marts, "conversion_rate_session", "TV-WEB-1", "month", "2026-05-01"
    )
    converted = [columns.get("key_events", 0) for _, columns in TV_WEB_1]
    expected = clustered_error(converted, [visitor for visitor, _ in TV_WEB_1])
    assert error == approx(expected, abs=1e-12)
    assert error != approx(math.sqrt(0.08 * 0.92 / 100), rel=0.01)
    before = clustered_error([1] * 10 + [0] * 40, [str(number) for number in range(50)])
    z = (0.08 - 0.2) / math.hypot(expected, before)
    assert p_value == approx(2 * stats.norm.sf(abs(z)), abs=2e-7)


def test_visits_that_are_none_are_left_out(marts: duckdb.DuckDBPyConnection) -> None:
    kept = marts.execute(
        "select visitor_id, landing_page, page_group, source, segment, page_views, duration_seconds,"
        " is_engaged from marts.fct_web_sessions where country = 'edges' order by 1"
    ).fetchall()
    assert kept == [
        ("a", "/", "/", "search", "unknown", 1, 86400, True),
        ("g", "/", "/", "search", "unknown", 0, 10, True),
        ("h", "/pricing/eu", "/pricing", "unknown", "web-segment", 1, 10, False),
        ("i", "pricing", "/pricing", "search", "unknown", 1, 10, False),
        ("j", None, "unknown", "search", "unknown", 1, 10, False),
        ("k", "/", "/", "search", "unknown", 2, 2, True),
        ("m", "/", "/", "search", "unknown", None, None, True),
        ("n", "/", "/", "search", "unknown", None, None, False),
    ]
    assert web_rate(marts, "bounce_rate", "edges")[:2] == approx((4 / 8, 8))
    excluded = marts.execute(
        "select visitor_id, exclusion from intermediate.int_web_sessions"
        " where country = 'edges' and exclusion is not null order by 1"
    ).fetchall()
    assert excluded == [
        ("b", "over_a_day"), ("c", "internal"), ("d", "bot"), ("e", "test_customer"), ("f", "without_events"),
        ("l", "without_events"),
    ]  # fmt: skip


def test_what_nobody_counted_is_not_zero(marts: duckdb.DuckDBPyConnection) -> None:
    assert web_rate(marts, "bounce_rate", "unknown")[:2] == (0, 15)
    assert web_rate(marts, "conversion_rate_session", "unknown")[:2] == approx((1 / 9, 9))
    assert web_rate(marts, "conversion_rate_user", "unknown")[:2] == (0, 5)


def test_a_visitor_is_in_every_month_and_once_in_a_year(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.execute(
        "select period_grain, strftime(period_start, '%m'), base, value, publish_status"
        " from marts.kpi_metric_values where metric = 'conversion_rate_user'"
        " and dimension = 'country' and dimension_value = 'months' order by 1, 2"
    ).fetchall()
    assert found == [
        ("all", "04", 5, 0.2, "low_base"),
        ("month", "06", 5, 0, "low_base"),
        ("month", "07", 5, 0.2, "low_base"),
        # It ended a moment ago, and the last three days may still change (METRICS §6.3).
        ("month", "08", 5, 0, "immature"),
        ("quarter", "04", 5, 0, "low_base"),
        ("quarter", "07", 5, 0.2, "immature"),
        ("year", "01", 5, 0.2, "immature"),
    ]
