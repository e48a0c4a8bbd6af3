"""The vectors of the customer's way, as published (METRICS §6, §8.4): raw rows in, marts out."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pytest
from dbt_runner import Warehouse
from raw_folder import RawFolder
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

approx = pytest.approx

VARIABLES = {
    "as_of": "2026-09-01T00:00:00Z",
    "reporting_time_zone": "Europe/Vilnius",
    "min_base_publish": 3,
}
# A Thursday; Vilnius is three hours ahead of UTC.
THURSDAY = datetime(2026, 5, 7, 12)


def instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def answer(raw: RawFolder, survey: str, person: str, at: datetime, value: int, **columns: Any) -> str:
    """One response of a person with one answer; gives its key."""
    response = f"{survey}-{raw.count('surveys', 'responses')}"
    raw.add(
        "surveys", "responses", response_id=response, survey_id=survey, contact_id=person,
        responded_at=instant(at), **columns,
    )  # fmt: skip
    raw.add("surveys", "answers", response_id=response, question_id=f"{survey}.q", value=value)
    return response


def call(raw: RawFolder, response: str, at: datetime | None, **columns: Any) -> None:
    """A follow-up of a response, whose customer was reached at an instant, if at all."""
    raw.add(
        "surveys", "followups", followup_id=f"F{raw.count('surveys', 'followups')}", response_id=response,
        contacted_at=instant(at) if at else None, **columns,
    )  # fmt: skip


def surveys(raw: RawFolder) -> None:
    for survey, programme, metric, low, high in (
        ("loop", "relational", "nps", 0, 10),
        ("edges", "study", "nps", 0, 10),
        ("rated", "transactional", "csat", 1, 5),
        ("rated7", "transactional", "csat", 1, 7),
        ("effort", "transactional", "ces2", 1, 7),
        ("leaving", "exit", "nps", 0, 10),
        ("mended", "relational", "nps", 0, 10),
    ):
        raw.add("surveys", "surveys", survey_id=survey, programme=programme)
        raw.add(
            "surveys", "questions", question_id=f"{survey}.q", survey_id=survey, metric=metric,
            scale_min=low, scale_max=high,
        )  # fmt: skip


def tv_loop_1(raw: RawFolder) -> None:
    """40 detractors: 30 reached, 24 in time; 18 asked again, 15 after a call; 9 recovered, 8 after one."""
    raw.add("crm", "employees", employee_id="M1", role="manager", team="Success")
    for number in range(40):
        is_reached, is_prompt = number < 30, number < 24
        response = answer(raw, "loop", f"p{number}", THURSDAY, 3)
        if is_reached:
            call(
                raw, response, THURSDAY + timedelta(days=1 if is_prompt else 9), owner_id="M1",
                opened_at=instant(THURSDAY),
                resolved_at=instant(THURSDAY + timedelta(days=12)) if is_prompt else None,
            )  # fmt: skip
        elif number < 35:
            call(raw, response, None, owner_id="M1", opened_at=instant(THURSDAY))
        if number < 15:
            answer(raw, "loop", f"p{number}", THURSDAY + timedelta(days=60), 8 if number < 8 else 6)
        elif number >= 37:
            answer(raw, "loop", f"p{number}", THURSDAY + timedelta(days=60), 7 if number == 37 else 0)
        else:
            # Too late to count, however good.
            answer(raw, "loop", f"p{number}", THURSDAY + timedelta(days=91), 10)
    # Opened at the end of July, due in August, in which no case opens.
    for number in range(3):
        answer(raw, "loop", f"july{number}", datetime(2026, 7, 30, 12), 3)


def loop_edges(raw: RawFolder) -> None:
    """What makes a case, who closes it, and when it is due; the case's key is its person."""
    raw.add("crm", "employees", employee_id="B1", role="bot")
    # The only schedule opens from Monday to Friday, and has a Wednesday off.
    for weekday in range(1, 6):
        raw.add(
            "helpdesk", "schedules", schedule_id="hq", time_zone="Europe/Vilnius", weekday=weekday,
            opens_minute=480, closes_minute=1020,
        )  # fmt: skip
    raw.add("helpdesk", "holidays", schedule_id="hq", holiday_date="2026-06-24")
    saturday, friday = datetime(2026, 5, 9, 12), datetime(2026, 6, 19, 12)
    late = datetime(2026, 8, 20, 12)
    for person, at, calls in (
        ("weekend", saturday, [(datetime(2026, 5, 12, 21), "M1")]),
        ("too-late", saturday, [(datetime(2026, 5, 12, 21, 1), "M1")]),
        ("holiday", friday, [(datetime(2026, 6, 23, 12), "M1")]),
        ("over-holiday", datetime(2026, 6, 22, 12), [(datetime(2026, 6, 25, 12), "M1")]),
        ("before", saturday, [(saturday - timedelta(hours=1), "M1")]),
        ("by-bot", saturday, [(saturday + timedelta(hours=1), "B1")]),
        ("twice", saturday, [(None, "M1"), (saturday + timedelta(3), "M1"), (saturday + timedelta(2), "M1")]),
        ("after-a-month", saturday, [(saturday + timedelta(days=31), "M1")]),
        ("young", late, [(late + timedelta(days=1), "M1")]),
        ("running", datetime(2026, 8, 31, 12), []),
    ):
        response = answer(raw, "edges", person, at, 6)
        for called_at, owner in calls:
            call(raw, response, called_at, owner_id=owner, opened_at=instant(at))
    answer(raw, "edges", "passive", saturday, 7)
    # A machine writes first, and a person takes it up; what is opened after as_of names nobody.
    response = answer(raw, "edges", "machine-first", saturday, 6)
    call(raw, response, None, owner_id="B1", opened_at=instant(saturday))
    call(
        raw, response, saturday + timedelta(hours=2), owner_id="M1",
        opened_at=instant(saturday + timedelta(hours=1)),
    )  # fmt: skip
    response = answer(raw, "edges", "only-a-machine", saturday, 6)
    call(raw, response, None, owner_id="B1", opened_at=instant(saturday))
    response = answer(raw, "edges", "to-come", saturday, 6)
    call(raw, response, None, owner_id="M1", opened_at="2026-09-01T05:00:00Z")
    for survey, values in (("rated", [1, 2, 3, 5]), ("rated7", [7, 6]), ("effort", [3, 4, 5])):
        for value in values:
            answer(raw, survey, f"{survey}{value}", saturday, value, channel="Chat")


def mended(raw: RawFolder) -> None:
    """What was told wrongly once; June has no other case of the programme."""
    tuesday = datetime(2026, 6, 9, 12)
    # The schedule opens at eight; on Wednesday it could open until half past six, which is not at all.
    raw.add(
        "helpdesk", "holidays", schedule_id="hq", holiday_date="2026-06-10", opens_minute=0, closes_minute=390
    )
    # On Thursday it closes early, and on Friday it opens late: working days both.
    raw.add("helpdesk", "holidays", schedule_id="hq", holiday_date="2026-06-11", closes_minute=780)
    raw.add("helpdesk", "holidays", holiday_date="2026-06-12", opens_minute=900)
    raw.add("crm", "employees", employee_id="M2", role="manager")
    raw.add("crm", "employees", employee_id="M3", role="agent", team="Front")
    response = answer(raw, "mended", "shortened", tuesday, 2, employee_id="M3")
    call(raw, response, None, owner_id="M2", opened_at=instant(tuesday))
    call(raw, response, None, owner_id="B1", resolved_at=instant(tuesday + timedelta(days=1)))
    # Three e-mails of which two were merged, each noted in the CRM as well; and a call of tomorrow.
    start = datetime(2026, 5, 4, 10)
    for customer in ("merges-a", "merges-b", "merges-c"):
        for number in range(3):
            at, key = instant(start + timedelta(days=number)), f"{customer}{number}"
            raw.add(
                "helpdesk", "tickets", ticket_id=key, customer_id=customer, channel="email", topic="merges",
                status="open", created_at=at,
                merged_into_ticket_id=f"{customer}{number - 1}" if number else None,
            )  # fmt: skip
            raw.add(
                "crm", "touchpoints", touchpoint_id=f"T-{key}", customer_id=customer, channel="email",
                topic="merges", ticket_id=key, occurred_at=at,
            )  # fmt: skip
        raw.add(
            "crm", "touchpoints", touchpoint_id=f"T-{customer}", customer_id=customer, channel="phone",
            topic="merges", occurred_at="2026-09-01T05:00:00Z",
        )  # fmt: skip
        answer(raw, "rated", customer, start, 5, ticket_id=f"{customer}2", stage="renewal", channel="sms")
    # An agent wrote down the same again, in a ticket that was merged and in the CRM.
    raw.add(
        "helpdesk", "tickets", ticket_id="logged", customer_id="merges-a", channel="email", topic="merges",
        status="open", created_at=instant(start), created_by="agent", merged_into_ticket_id="merges-a1",
    )  # fmt: skip
    raw.add(
        "crm", "touchpoints", touchpoint_id="T-logged", customer_id="merges-a", channel="email",
        topic="merges", ticket_id="logged", occurred_at=instant(start),
    )  # fmt: skip
    answer(raw, "rated", "logged", start, 5, ticket_id="logged", stage="renewal", channel="sms")
    # Five answers about buying are the worst of February, and too few to be ranked; forty more have no place.
    for stage, value, answers in (
        ("onboarding", 4, 40), ("support", 2, 40), ("purchase", 1, 5), (None, 1, 40)
    ):  # fmt: skip
        for number in range(answers):
            answer(
                raw, "way", f"february-{stage}{number}", datetime(2026, 2, 3, 10), value + number % 2,
                stage=stage, channel="email",
            )  # fmt: skip


def a_call_that_helps(raw: RawFolder) -> None:
    """Of 35 detractors called 30 come round, of 35 others 5."""
    for number in range(70):
        is_called = number < 35
        person = f"leaving{number}"
        response = answer(raw, "leaving", person, THURSDAY, 0)
        if is_called:
            call(raw, response, THURSDAY + timedelta(days=1))
        comes_round = number < 30 or number >= 65
        answer(raw, "leaving", person, THURSDAY + timedelta(days=50), 7 if comes_round else 6)


def calls_in_two_channels(raw: RawFolder) -> None:
    """By e-mail 20 of 30 called come round and 12 of 30 others, by telephone 16 and 14."""
    january = datetime(2026, 1, 8, 12)
    for channel, groups in {"email": (20, 12), "phone": (16, 14)}.items():
        for is_called, come_round in zip((True, False), groups, strict=True):
            for number in range(30):
                person = f"{channel}-{is_called}-{number}"
                response = answer(raw, "leaving", person, january, 0, channel=channel)
                if is_called:
                    call(raw, response, january + timedelta(days=1))
                later = january + timedelta(days=50)
                answer(raw, "leaving", person, later, 7 if number < come_round else 6, channel=channel)


def tv_fun_1(raw: RawFolder) -> None:
    """1,000 enter; 620, 310 and 248 go on within 30 days, in order; others late, or not in order."""
    for number in range(1000):
        days = [("awareness", 0)]
        if number < 620:
            days.append(("consideration", 1))
        if number < 310:
            days.append(("purchase", 5))
        if number < 248:
            days.append(("onboarding", 30))
        elif number < 310:
            days.append(("onboarding", 31))
        elif number < 620:
            days.append(("purchase", -1))
        else:
            # Steps out of order: purchase without a consideration before it.
            days += [("purchase", 2), ("consideration", 40)]
        if number == 999:
            # Once in a period, by the first entry; a second one in the month is none.
            days.append(("awareness", 3))
        for stage, day in days:
            raw.add(
                "crm", "touchpoints", touchpoint_id=f"T{raw.count('crm', 'touchpoints')}",
                customer_id=f"walker{number}", channel="web", direction="out",
                occurred_at=instant(datetime(2026, 3, 2, 10) + timedelta(days=day)),
                stage=None if stage == "awareness" else stage,
                touchpoint="Advertisement" if stage == "awareness" else None,
            )  # fmt: skip
    # Entered too late for the end of the window to be seen.
    raw.add(
        "crm", "touchpoints", touchpoint_id="T-late", customer_id="late", channel="web", direction="out",
        occurred_at="2026-08-20T10:00:00Z", stage="awareness",
    )  # fmt: skip


def tv_chsw_1(raw: RawFolder) -> None:
    """20 issues, 5 of them in two groups of channels; the CRM writes the topic in other letters."""
    start = datetime(2026, 5, 4, 10)

    def touch(
        customer: str, channel: str | None, days: float, ticket: str | None = None, **columns: Any
    ) -> None:
        raw.add(
            "crm", "touchpoints", touchpoint_id=f"T{raw.count('crm', 'touchpoints')}", customer_id=customer,
            channel=channel, topic="Invoices", ticket_id=ticket,
            occurred_at=instant(start + timedelta(days=days)), **columns,
        )  # fmt: skip

    def ticket(customer: str, channel: str, days: float) -> str:
        key = f"t{raw.count('helpdesk', 'tickets')}"
        raw.add(
            "helpdesk", "tickets", ticket_id=key, customer_id=customer, channel=channel, topic="invoices",
            status="open", created_at=instant(start + timedelta(days=days)),
        )  # fmt: skip
        return key

    for number in range(5):
        # Written, then called within the week.
        customer = f"switch{number}"
        touch(customer, "phone", 7, ticket(customer, "email", 0))
    for number in range(7):
        # The same channel in two words; a ticket noted as a touchpoint of its channel; a call of ours.
        customer = f"stay{number}"
        key = ticket(customer, "email", 0)
        touch(customer, "E-mail", 0, key)
        touch(customer, "chat", 2)
        touch(customer, "phone", 3, direction="out")
    for number in range(4):
        # Two issues each: more than a week lies between the channels.
        customer = f"apart{number}"
        touch(customer, "phone", 0)
        touch(customer, "email", 7.01)
    touch("young", "phone", 115)


def stage_vectors(raw: RawFolder) -> None:
    """Two stages after an interaction, one of them worse, by telephone: asked in April, answered in May."""
    raw.add("surveys", "surveys", survey_id="way", programme="transactional")
    raw.add(
        "surveys", "questions", question_id="way.q", survey_id="way", metric="ces5", scale_min=1, scale_max=5
    )
    for number in range(120):
        is_start, is_phone = number % 2 == 0, number % 4 == 1
        key = f"way{number}"
        raw.add(
            "surveys", "invitations", invitation_id=key, survey_id="way", contact_id=key,
            sent_at="2026-04-30T10:00:00Z",
        )  # fmt: skip
        raw.add(
            "helpdesk", "tickets", ticket_id=key, channel="phone" if is_phone else "chat", status="open",
            topic="stages", created_at="2026-04-29T10:00:00Z",
        )  # fmt: skip
        value = (4 if is_start else 1 if is_phone else 3) + number // 4 % 2
        answer(
            raw, "way", key, datetime(2026, 5, 1, 10), value, invitation_id=key, ticket_id=key,
            channel="email", stage="onboarding" if is_start else None,
            touchpoint=None if is_start else "Complaint",
        )  # fmt: skip


def theme_vectors(raw: RawFolder) -> None:
    """Those who name the price are less fond of us; in the month after nobody writes of delivery any more."""
    raw.add("surveys", "surveys", survey_id="voiced", programme="relational", channel="voiced")
    for name, metric, high in (("q", "nps", 10), ("why", "comment", None)):
        raw.add(
            "surveys", "questions", question_id=f"voiced.{name}", survey_id="voiced", metric=metric,
            scale_min=None if high is None else 0, scale_max=high,
        )  # fmt: skip
    groups = {"The price": (10, 10, 20), "xyz": (36, 12, 12)}
    for text, classes in groups.items():
        for value, number in zip((9, 7, 3), classes, strict=True):
            for _ in range(number):
                person = f"voiced{raw.count('surveys', 'responses')}"
                response = answer(raw, "voiced", person, datetime(2026, 1, 12, 10), value, language="en")
                raw.add("surveys", "answers", response_id=response, question_id="voiced.why", value=text)
    for at, text in ((datetime(2025, 11, 10), "Delivery"), (datetime(2025, 12, 10), "xyz")):
        for number in range(40):
            response = answer(raw, "voiced", f"{text}{number}", at, 8, language="en")
            raw.add("surveys", "answers", response_id=response, question_id="voiced.why", value=text)


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The marts of the journey and the long table, built from every case of this file."""
    raw = RawFolder()
    for case in (
        surveys, tv_loop_1, loop_edges, mended, a_call_that_helps, calls_in_two_channels, tv_fun_1,
        tv_chsw_1, stage_vectors, theme_vectors,
    ):  # fmt: skip
        case(raw)
    warehouse = Warehouse(tmp_path_factory.mktemp("journey"), {})
    variables = {**VARIABLES, "raw": "files", "raw_path": str(raw.write(tmp_path_factory.mktemp("raw")))}
    warehouse.dbt(
        "build", "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious",
        "--select", "+path:models/marts/journey", "+kpi_metric_values", "+kpi_comment_themes",
        variables=variables,
    )  # fmt: skip
    with duckdb.connect(str(warehouse.build_file), read_only=True) as build:
        yield build


def row(marts: duckdb.DuckDBPyConnection, sql: str, *parameters: Any) -> tuple[Any, ...]:
    found = marts.execute(sql, list(parameters)).fetchall()
    assert len(found) == 1, f"{len(found)} rows"
    return tuple(found[0])


def measure(
    marts: duckdb.DuckDBPyConnection, metric: str, dimension: str = "total", value: str = "total",
    *, programme: str = "relational", grain: str = "all", start: str | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    """Value, base and interval of a metric, over all time unless a period is given."""
    return row(
        marts,
        "select value, base, ci_low, ci_high from marts.kpi_metric_values"
        " where metric = ? and dimension = ? and dimension_value = ? and programme = ? and period_grain = ?"
        " and period_start = coalesce(cast(? as date), period_start)",
        metric, dimension, value, programme, grain, start,
    )  # fmt: skip


def test_tv_loop_1_who_is_called_back_and_who_recovers(marts: duckdb.DuckDBPyConnection) -> None:
    cell = (
        "dimension = 'total' and programme = 'relational' and period_grain = 'month'"
        " and period_start = '2026-05-01'"
    )
    got = row(
        marts,
        "select base, contact_rate, on_time_rate, resolution_rate, recovery_rate, recovery_of_all_rate,"
        f" contacted_recovery_rate, uncontacted_recovery_rate from marts.kpi_closed_loop where {cell}",
    )
    assert got == approx((40, 0.75, 0.6, 0.6, 0.5, 0.225, 8 / 15, 1 / 3), abs=1e-9)
    assert row(
        marts, f"select asked_again, contacted_asked_again, recovered from marts.kpi_closed_loop where {cell}"
    ) == (18, 15, 9)
    assert row(
        marts, f"select detractors, due, recovery_difference from marts.kpi_closed_loop where {cell}"
    ) == approx((40, 40, 0.2), abs=1e-9)


@pytest.mark.parametrize(
    ("programme", "called", "others", "signal"),
    [("relational", (8, 15), (1, 3), None), ("exit", (30, 35), (5, 35), "up")],
)
def test_what_a_call_may_have_done(
    marts: duckdb.DuckDBPyConnection,
    programme: str,
    called: tuple[int, int],
    others: tuple[int, int],
    signal: str | None,
) -> None:
    """Those called against those not; a signal only where thirty of either were asked again."""
    got = row(
        marts,
        "select recovery_signal, recovery_difference, recovery_difference_ci_low,"
        " recovery_difference_ci_high, recovery_difference_p_value"
        " from marts.kpi_closed_loop where programme = ?"
        " and dimension = 'total' and period_grain = 'month' and period_start = '2026-05-01'",
        programme,
    )
    low, high = confint_proportions_2indep(*called, *others, method="newcomb")
    _, p_value = proportions_ztest(*zip(called, others, strict=True))
    assert got[0] == signal
    assert got[1:4] == approx((called[0] / called[1] - others[0] / others[1], low, high), abs=1e-9)
    assert got[4] == approx(p_value, abs=1e-6)


def test_a_signal_of_one_channel_is_one_of_several(marts: duckdb.DuckDBPyConnection) -> None:
    """Alone e-mail would have one; of two tests the p is doubled."""
    rows = marts.execute(
        "select dimension_value, recovery_signal, recovery_difference_p_value, recovery_difference_p_adjusted"
        " from marts.kpi_closed_loop where programme = 'exit' and dimension = 'channel'"
        " and period_grain = 'month' and period_start = '2026-01-01' order by dimension_value"
    ).fetchall()
    by_mail, by_phone = (proportions_ztest(counts, (30, 30))[1] for counts in ((20, 12), (16, 14)))
    assert by_mail < 0.05 < 2 * by_mail
    assert [row[:2] for row in rows] == [("email", "none"), ("phone", "none")]
    assert [row[2] for row in rows] == approx([by_mail, by_phone], abs=1e-6)
    assert [row[3] for row in rows] == approx([2 * by_mail, by_phone], abs=1e-6)


def test_a_case_opens_for_the_unhappy_alone(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.execute(
        "select respondent_id, opened_by from marts.fct_detractor_cases"
        " where survey_id in ('rated', 'rated7', 'effort')"
    ).fetchall()
    assert sorted(found) == [("effort3", "ces"), ("rated1", "csat"), ("rated2", "csat")]
    assert not marts.execute(
        "select * from marts.fct_detractor_cases where respondent_id = 'passive'"
    ).fetchall()


@pytest.mark.parametrize(
    ("person", "due_at", "is_contacted", "is_on_time"),
    [
        ("weekend", datetime(2026, 5, 12, 21), True, True),
        ("too-late", datetime(2026, 5, 12, 21), True, False),
        ("holiday", datetime(2026, 6, 23, 12), True, True),
        ("over-holiday", datetime(2026, 6, 25, 12), True, True),
        ("before", datetime(2026, 5, 12, 21), False, False),
        ("by-bot", datetime(2026, 5, 12, 21), False, False),
        ("twice", datetime(2026, 5, 12, 21), True, True),
        ("after-a-month", datetime(2026, 5, 12, 21), False, False),
        ("young", datetime(2026, 8, 24, 12), True, True),
        ("running", datetime(2026, 9, 2, 12), False, False),
    ],
)
def test_a_case_is_due_two_working_days_after_the_answer(
    marts: duckdb.DuckDBPyConnection, person: str, due_at: datetime, is_contacted: bool, is_on_time: bool
) -> None:
    assert row(
        marts,
        "select due_at, is_contacted, is_on_time from marts.fct_detractor_cases where respondent_id = ?",
        person,
    ) == (due_at, is_contacted, is_on_time)


def test_a_day_that_a_holiday_leaves_nothing_of_is_no_working_day(marts: duckdb.DuckDBPyConnection) -> None:
    assert row(marts, "select due_at from marts.fct_detractor_cases where respondent_id = 'shortened'") == (
        datetime(2026, 6, 12, 12),
    )


def test_only_a_person_resolves_a_case_and_an_owner_without_a_team_has_none(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    assert row(
        marts,
        "select owner_id, team, is_resolved from marts.fct_detractor_cases where respondent_id = 'shortened'",
    ) == ("M2", "Front", False)


@pytest.mark.parametrize(
    ("person", "owner_id", "team"),
    [
        ("twice", "M1", "Success"),
        ("machine-first", "M1", "Success"),
        ("only-a-machine", "B1", "unknown"),
        ("to-come", None, "unknown"),
    ],
)
def test_a_case_is_the_first_persons_who_takes_it_up(
    marts: duckdb.DuckDBPyConnection, person: str, owner_id: str | None, team: str
) -> None:
    assert row(
        marts, "select owner_id, team from marts.fct_detractor_cases where respondent_id = ?", person
    ) == (owner_id, team)


def test_a_merged_ticket_is_its_survivor_and_tomorrow_is_no_contact(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    assert row(
        marts,
        "select count(*), max(contacts), bool_or(is_switched) from marts.fct_contact_issues"
        " where customer_id like 'merges-%'",
    ) == (3, 1, False)
    # They were asked about the third e-mail, and one about what an agent wrote down, by a text message.
    assert row(
        marts,
        "select channel, base from marts.kpi_journey_stages where stage = 'renewal' and channel <> 'total'"
        " and period_grain = 'all'",
    ) == ("email", 4)


def test_cases_count_once_their_time_is_over(marts: duckdb.DuckDBPyConnection) -> None:
    """Of thirteen two have no 30 days behind them, one no two days; the last falls due in another month."""
    assert row(
        marts,
        "select base, mature_cases, contacted, due, on_time from marts.kpi_closed_loop"
        " where programme = 'study' and dimension = 'total' and period_grain = 'all'",
    ) == (13, 11, 6, 12, 6)
    assert measure(marts, "loop_on_time_rate", programme="study")[:2] == approx((6 / 12, 12))
    assert row(
        marts,
        "select base, due from marts.kpi_closed_loop where programme = 'study'"
        " and period_start = '2026-08-01' and period_grain = 'month' and dimension = 'total'",
    ) == (2, 1)


def test_a_row_that_may_not_be_shown_shows_no_rate(marts: duckdb.DuckDBPyConnection) -> None:
    """Three cases fall due in a month in which none opens; the long table, row by base, has their rate."""
    assert row(
        marts,
        "select base, due, publish_status, on_time_rate from marts.kpi_closed_loop"
        " where programme = 'relational' and period_start = '2026-08-01' and period_grain = 'month'"
        " and dimension = 'total'",
    ) == (0, 3, "suppressed", None)
    assert measure(marts, "loop_on_time_rate", grain="month", start="2026-08-01")[:2] == (0.0, 3)


def test_the_long_table_has_the_loop_by_team(marts: duckdb.DuckDBPyConnection) -> None:
    may = {"grain": "month", "start": "2026-05-01"}
    assert measure(marts, "loop_contact_rate", **may)[:2] == (0.75, 40)
    assert measure(marts, "loop_contact_rate", "team", "Success", **may)[:2] == approx((30 / 35, 35))
    assert measure(marts, "loop_on_time_rate", **may)[:2] == approx((0.6, 40))
    assert measure(marts, "detractor_recovery_rate", **may)[:2] == approx((0.5, 18))


def test_tv_fun_1_who_goes_on(marts: duckdb.DuckDBPyConnection) -> None:
    steps = {"consideration": (0.62, 1000), "purchase": (0.5, 620), "onboarding": (0.8, 310)}
    for stage, (rate, base) in steps.items():
        assert measure(marts, "funnel_step_rate", "stage", stage, programme="none")[:2] == approx(
            (rate, base)
        )
        assert measure(marts, "funnel_dropoff", "stage", stage, programme="none")[:2] == approx(
            (1 - rate, base)
        )
    assert measure(marts, "funnel_step_rate", programme="none")[:2] == approx((0.248, 1000))
    assert measure(marts, "funnel_dropoff", programme="none")[:2] == approx((0.752, 1000))
    assert not marts.execute(
        "select * from marts.kpi_metric_values where metric = 'funnel_step_rate'"
        " and period_start = '2026-08-01'"
    ).fetchall()


def test_tv_chsw_1_who_had_to_change_the_channel(marts: duckdb.DuckDBPyConnection) -> None:
    assert measure(marts, "channel_switch_rate", "topic", "invoices", programme="none") == approx(
        (0.25, 20, 0.111862, 0.468701), abs=5e-7
    )
    # 5 issues of two contacts, 7 of two, 8 of one.
    assert row(
        marts,
        "select base, contacts, switched, contacts_per_issue, contacts_per_issue_ci_low,"
        " contacts_per_issue_ci_high from marts.kpi_contact_issues"
        " where dimension = 'topic' and dimension_value = 'invoices' and period_grain = 'all'",
    ) == approx((20, 32, 5, 1.6, *stats.t.interval(0.95, 19, 1.6, stats.sem([2] * 12 + [1] * 8))), abs=1e-6)
    assert row(
        marts,
        "select count(*) from marts.fct_contact_issues where customer_id like 'apart%' and contacts = 1",
    ) == (8,)


def test_a_stage_is_compared_with_the_rest_of_the_way(marts: duckdb.DuckDBPyConnection) -> None:
    """Means of 87.5 and, by telephone and by chat, of 12.5 and 62.5; asked in April."""
    start, phone, chat = [75.0, 100.0] * 30, [0.0, 25.0] * 15, [50.0, 75.0] * 15
    whole = np.mean(start + phone + chat)
    for stage, channel, own, rest in (
        ("onboarding", "total", start, phone + chat),
        ("support", "total", phone + chat, start),
        ("support", "phone", phone, start + chat),
        ("support", "chat", chat, start + phone),
    ):
        got = row(
            marts,
            "select base, score, stage_gap, p_value, stage_gap_ci_low, stage_gap_ci_high"
            " from marts.kpi_journey_stages where metric = 'ces5' and period_grain = 'month'"
            " and period_start = '2026-04-01' and stage = ? and channel = ?",
            stage, channel,
        )  # fmt: skip
        test = stats.ttest_ind(own, rest, equal_var=False)
        low, high = test.confidence_interval()
        part = len(rest) / 120
        assert got[:3] == approx((len(own), np.mean(own), np.mean(own) - whole))
        assert got[3] == approx(test.pvalue, abs=1e-6)
        assert got[4:] == approx((low * part, high * part), abs=1e-5)
    weakest = marts.execute(
        "select stage, channel from marts.kpi_journey_stages where is_weakest and metric = 'ces5'"
        " and period_grain = 'month' order by period_start, channel"
    ).fetchall()
    assert weakest == [("support", "email"), ("support", "total"), ("support", "phone"), ("support", "total")]


def test_what_has_no_place_on_the_way_is_no_part_of_it(marts: duckdb.DuckDBPyConnection) -> None:
    """Forty answers of February are the worst of all, and say of no stage that it is weak, or strong."""
    rows = marts.execute(
        "select stage, base, score, stage_gap is null, p_adjusted is null, is_weakest"
        " from marts.kpi_journey_stages where metric = 'ces5' and channel = 'total'"
        " and period_grain = 'month' and period_start = '2026-02-01' order by stage"
    ).fetchall()
    assert rows == [
        ("onboarding", 40, 87.5, False, False, False),
        ("purchase", 5, 10, False, False, False),
        ("support", 40, 37.5, False, False, True),
        ("total", 85, approx((40 * 87.5 + 5 * 10 + 40 * 37.5) / 85), True, True, False),
        ("unmapped", 40, 12.5, True, True, False),
    ]
    # Where nothing has a place there is no way, and it is still told how much was said.
    assert marts.execute(
        "select stage, channel, base from marts.kpi_journey_stages where metric = 'ces2'"
        " and period_grain = 'all' order by channel"
    ).fetchall() == [("unmapped", "chat", 3), ("unmapped", "total", 3)]


def test_satisfaction_by_stage_is_that_of_csat(marts: duckdb.DuckDBPyConnection) -> None:
    """One of four on the scale that most answers are on; those on another scale are in the score alone."""
    assert measure(marts, "stage_satisfaction", "stage", "unmapped", programme="transactional")[:2] == approx(
        (0.25, 4)
    )
    # The total is of those asked about the renewal.
    assert measure(marts, "stage_satisfaction", programme="transactional")[:2] == (1, 4)
    assert row(
        marts,
        "select base, score from marts.kpi_journey_stages where metric = 'csat' and stage = 'unmapped'"
        " and channel = 'total' and period_grain = 'all'",
    ) == approx((6, (0 + 25 + 50 + 100 + 100 + 500 / 6) / 6))
    # The surveys write Chat, the helpdesk chat.
    assert row(
        marts,
        "select channel, base from marts.kpi_journey_stages where metric = 'csat' and channel <> 'total'"
        " and period_grain = 'all' and stage = 'unmapped'",
    ) == ("chat", 6)


def test_what_a_theme_costs_is_the_nps_without_it_less_the_nps(marts: duckdb.DuckDBPyConnection) -> None:
    """Those who name the price: -25; the others: +40; all: +14."""
    got = row(
        marts,
        "select nps_base, nps, others_nps, nps_impact, nps_impact_signal, nps_impact_ci_low,"
        " nps_impact_ci_high from marts.kpi_comment_themes"
        " where theme = 'price' and source = 'survey' and dimension = 'channel'"
        " and dimension_value = 'voiced' and period_grain = 'month' and period_start = '2026-01-01'",
    )
    assert got[:4] == approx((40, -25, 40, 14 - 40))
    assert got[4] == "down"
    # The split adjustment of METRICS 2.2.3 on 10 and 20 of 40, 36 and 12 of 60, times the share.
    sizes = [(10, 20, 40), (36, 12, 60)]
    means = [(up - down) / (n + 1.5) for up, down, n in sizes]
    errors = [
        ((up + down + 0.75) / (n + 1.5) - mean**2) / (n + 1.5)
        for (up, down, n), mean in zip(sizes, means, strict=True)
    ]
    centre, half = 40 * (means[0] - means[1]), 40 * 1.959963984540054 * sum(errors) ** 0.5
    assert got[5:] == approx((centre - half, centre + half), abs=1e-9)


def test_a_theme_that_nobody_names_any_more_has_a_row(marts: duckdb.DuckDBPyConnection) -> None:
    for theme in ("delivery", "any"):
        assert row(
            marts,
            "select base, named, theme_share, previous_share, signal, nps_base, nps"
            " from marts.kpi_comment_themes where theme = ? and dimension = 'channel'"
            " and dimension_value = 'voiced' and period_grain = 'month' and period_start = '2025-12-01'",
            theme,
        ) == (40, 0, 0.0, 1.0, "down", 0, None)
    # Nothing is said of a month without a text, nor of a theme that was not named before.
    assert marts.execute(
        "select distinct cast(period_start as text) from marts.kpi_comment_themes where theme = 'delivery'"
        " and dimension_value = 'voiced' and period_grain = 'month' order by 1"
    ).fetchall() == [("2025-11-01",), ("2025-12-01",)]
