"""The service vectors of METRICS §4 and the known defects of peers, from raw rows to the marts, in one build.

The cases live side by side: each has a channel of its own, and waits are cut off at AS_OF.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from helpdesk import Helpdesk, utc

AS_OF = utc("2026-12-15T12:00:00")
OFFICE_HOURS = {day: [(540, 1080)] for day in range(1, 6)}


def minutes_ago(minutes: float) -> Any:
    return AS_OF - timedelta(minutes=minutes)


def add_schedules(desk: Helpdesk) -> None:
    desk.schedule("vilnius", "Europe/Vilnius", OFFICE_HOURS)
    desk.schedule("moscow", "Europe/Moscow", OFFICE_HOURS)
    desk.schedule("vilnius247", "Europe/Vilnius", {day: [(0, 1440)] for day in range(1, 8)})
    desk.schedule("night", "Europe/Vilnius", {1: [(1320, 1440)], 2: [(0, 360)]})
    desk.schedule("split", "Europe/Vilnius", {day: [(480, 720), (780, 1020)] for day in range(1, 6)})
    # C3: the second row overlaps the first and goes; the third has no such zone.
    desk.schedule("clumsy", "UTC", {1: [(540, 1080), (600, 1200)]})
    desk.schedule("nowhere", "Mars/Olympus", OFFICE_HOURS)
    desk.raw.add(
        "helpdesk", "holidays", schedule_id="vilnius", holiday_date="2026-02-16", name="Independence"
    )
    # D42: a short day for all, and the split schedule's own row that closes it.
    desk.raw.add("helpdesk", "holidays", holiday_date="2026-06-23", opens_minute=0, closes_minute=720)
    desk.raw.add("helpdesk", "holidays", schedule_id="split", holiday_date="2026-06-23")


BUSINESS_CASES = [
    ("TV-BH-1", "vilnius", "2026-03-27T14:30:00Z", "2026-03-30T07:15:00Z", 165),
    ("TV-BH-2", "vilnius", "2026-10-23T14:30:00Z", "2026-10-26T08:15:00Z", 105),
    ("TV-BH-3a", "vilnius247", "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z", 1500),
    ("TV-BH-3b", "vilnius247", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z", 1380),
    ("TV-BH-4", "vilnius", "2026-02-13T15:00:00Z", "2026-02-17T07:30:00Z", 90),
    ("TV-BH-5", "vilnius", "2026-03-28T10:00:00Z", "2026-03-28T12:00:00Z", 0),
    ("TV-BH-6", "vilnius", "2026-03-28T10:00:00Z", "2026-03-30T06:20:00Z", 20),
    ("TV-BH-7", "moscow", "2026-03-27T14:30:00Z", "2026-03-30T07:15:00Z", 105),
    ("TV-BH-8", "night", "2026-11-23T19:30:00Z", "2026-11-24T05:00:00Z", 480),
    ("split shift", "split", "2026-06-22T04:00:00Z", "2026-06-22T15:00:00Z", 480),
    ("partial holiday", "vilnius", "2026-06-23T04:00:00Z", "2026-06-23T20:00:00Z", 180),
    ("own holiday beats the one for all", "split", "2026-06-23T04:00:00Z", "2026-06-23T20:00:00Z", 0),
    ("overlapping row rejected", "clumsy", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", 540),
]


def add_vectors(desk: Helpdesk) -> None:
    for minutes in (5, 8, 12, 20, 30, 45, 60):
        desk.ticket(minutes_ago(1000), channel="TV-FRT-1", replies=[(minutes, "agent")])
    for minutes in (90, 240, 600):
        desk.ticket(minutes_ago(minutes), channel="TV-FRT-1", replies=[(0, "customer")])

    talk = [(0, "customer"), (2, "bot"), (15, "agent"), (40, "customer"), (43, "customer"), (70, "agent")]
    ticket_id = desk.ticket(minutes_ago(150), ticket_id="TV-NRT-1", channel="TV-NRT-1", replies=talk)
    desk.message(ticket_id, minutes_ago(75), "agent")
    desk.message(ticket_id, minutes_ago(60), "agent", is_public="false")
    desk.message(ticket_id, minutes_ago(30), "customer")

    states = [(0, "new"), (10, "open"), (40, "pending"), (100, "open"), (130, "hold"), (190, "open")]
    states += [(220, "solved"), (300, "open"), (330, "solved")]
    desk.ticket(utc("2026-05-04T08:00:00"), ticket_id="TV-WAIT-1", channel="TV-WAIT-1", statuses=states)

    desk.raw.add(
        "helpdesk", "sla_targets", policy_id="P60", metric="first_reply", target_minutes=60, clock="calendar"
    )
    sla = {"channel": "TV-SLA-1", "sla_policy_id": "P60"}
    for minutes in (30, 60, 75):
        desk.ticket(minutes_ago(600), replies=[(minutes, "agent")], **sla)
    for minutes in (90, 20, 5):
        desk.ticket(minutes_ago(minutes), replies=[(0, "customer")], **sla)
    desk.ticket(minutes_ago(40), replies=[(20, "agent")], **sla)

    for number in range(10):
        created = minutes_ago(60 * 24 * (2 if number < 2 else 60))
        replies = [(5.0, "agent")] + ([(9.0, "agent")] if number in (2, 3, 5) else [])
        statuses: list[tuple[float, str]] = [(10, "solved")]
        if number == 4:
            statuses += [(1000, "open"), (1010, "solved")]
        customer = f"FCR{number}"
        desk.ticket(
            created,
            channel="TV-FCR-1",
            topic="billing",
            customer_id=customer,
            replies=replies,
            statuses=statuses,
        )
        if number == 5:
            desk.ticket(
                created + timedelta(days=3), channel="recontact", topic="billing", customer_id=customer
            )
            desk.ticket(
                created + timedelta(days=3), channel="recontact", topic="delivery", customer_id="FCR6"
            )

    for number in range(102):
        desk.ticket(
            utc("2026-08-03T08:00:00"), channel="TV-AVG-1", team="A" if number < 2 else "B",
            replies=[(10 if number < 2 else 2, "agent")],
        )  # fmt: skip

    for name, schedule, start, stop, _ in BUSINESS_CASES:
        ticket_id = desk.ticket(utc(start), ticket_id=name, channel="TV-BH", schedule_id=schedule)
        desk.message(ticket_id, utc(stop), "agent")


def add_defects(desk: Helpdesk) -> None:
    monday = utc("2026-09-07T06:00:00")  # 09:00 in Vilnius
    week = 60 * 24 * 7.0
    desk.ticket(
        monday, ticket_id="no message", channel="defects", sla_policy_id="P60", statuses=[(500, "solved")]
    )
    desk.ticket(monday, ticket_id="no message, open", channel="defects", sla_policy_id="P60")
    desk.ticket(
        utc("2023-01-02T07:00:00"),
        ticket_id="three years",
        schedule_id="vilnius",
        replies=[(week * 156, "agent")],
    )
    ticket_id = desk.ticket(monday + timedelta(seconds=59), ticket_id="minute boundary")
    desk.message(ticket_id, monday + timedelta(seconds=61), "agent")
    desk.ticket(monday, ticket_id="no schedule", replies=[(5, "agent")], statuses=[(9, "solved")])
    desk.ticket(monday, ticket_id="schedule without rows", schedule_id="nowhere", replies=[(5, "agent")])
    desk.ticket(
        monday, ticket_id="reopened now", schedule_id="vilnius", replies=[(5, "agent")],
        statuses=[(60, "solved"), (120, "open")],
    )  # fmt: skip
    days = 60 * 24.0
    desk.ticket(
        monday, ticket_id="bot solved, reopened", channel="bots",
        replies=[(0, "customer"), (1, "bot"), (5 * days, "customer"), (5 * days + 10, "agent")],
        statuses=[(2, "solved"), (5 * days, "open")],
    )  # fmt: skip
    desk.raw.add("crm", "employees", employee_id="robot", role="bot")
    ticket_id = desk.ticket(monday, ticket_id="bot by role")
    desk.message(ticket_id, monday + timedelta(minutes=1), "agent", author_id="robot")
    ticket_id = desk.ticket(monday, ticket_id="auto-reply")
    desk.message(ticket_id, monday + timedelta(minutes=1), "agent", is_automated="yes")

    for target, priority in ((30, "high"), (600, None)):
        desk.raw.add(
            "helpdesk", "sla_targets", policy_id="P", metric="first_reply", priority=priority,
            clock="business", target_minutes=target,
        )  # fmt: skip
    for metric, clock in (
        ("next_reply", "calendar"),
        ("resolution", "business"),
        ("requester_wait", "calendar"),
    ):
        desk.raw.add("helpdesk", "sla_targets", policy_id="P", metric=metric, target_minutes=540, clock=clock)
    ticket_id = desk.ticket(
        monday - timedelta(hours=20), ticket_id="priority history", schedule_id="vilnius", sla_policy_id="P",
        priority="high", replies=[(20 * 60 + 45, "agent"), (3000, "customer")],
        statuses=[(0, "new"), (60, "open"), (100, "pending"), (400, "open"), (1000, "solved")],
    )  # fmt: skip
    desk.event(ticket_id, monday, "priority", "low", "high")
    desk.ticket(
        monday,
        ticket_id="due at closing time",
        schedule_id="vilnius",
        sla_policy_id="P",
        statuses=[(9 * 60, "solved")],
    )

    desk.ticket(monday, ticket_id="root", replies=[(0, "customer")], status="open")
    desk.ticket(
        monday - timedelta(minutes=30),
        ticket_id="middle",
        merged_into_ticket_id="root",
        replies=[(10, "agent")],
    )
    desk.ticket(
        monday - timedelta(minutes=50), ticket_id="leaf", merged_into_ticket_id="middle", status="closed"
    )
    desk.ticket(monday, ticket_id="circle 1", merged_into_ticket_id="circle 2")
    desk.ticket(monday, ticket_id="circle 2", merged_into_ticket_id="circle 1")
    desk.ticket(monday, ticket_id="spam", is_spam="true")
    desk.ticket(monday, ticket_id="test", is_test="1")
    desk.raw.add("crm", "customers", customer_id="tester", is_test="true")
    desk.ticket(monday, ticket_id="of a test customer", customer_id="tester")
    desk.ticket(monday, ticket_id="outbound", created_by="agent", replies=[(1, "agent")])
    desk.ticket(
        monday, ticket_id="on behalf", created_by="agent",
        replies=[(1, "agent"), (60, "customer"), (75, "agent")],
    )  # fmt: skip

    desk.ticket(monday, ticket_id="one second early", replies=[(-1 / 60, "agent")])
    desk.ticket(
        monday, ticket_id="one minute early", sla_policy_id="P60", replies=[(-1, "agent"), (9, "agent")]
    )
    ticket_id = desk.ticket(monday, ticket_id="delivered twice")
    for seconds in (60, 100, 200):
        desk.message(ticket_id, monday + timedelta(seconds=seconds), "agent", author_id="A1", body="Hello")

    # D41: an hour of office hours, then round the clock until midnight.
    ticket_id = desk.ticket(monday, ticket_id="moved", schedule_id="vilnius247", replies=[(15 * 60, "agent")])
    desk.event(ticket_id, monday + timedelta(minutes=60), "schedule", "vilnius", "vilnius247")
    ticket_id = desk.ticket(
        monday, ticket_id="moved out", replies=[(30, "agent"), (50, "customer"), (90, "agent")]
    )
    desk.event(ticket_id, monday + timedelta(minutes=60), "schedule", "vilnius", "nowhere")
    desk.ticket(monday, ticket_id="closed without history", status="closed", replies=[(0, "customer")])


Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def query(
    build_warehouse: Callable[[Path, Mapping[str, Any]], Path], tmp_path_factory: pytest.TempPathFactory
) -> Query:
    """Rows of a query on the marts built from all cases."""
    desk = Helpdesk()
    add_schedules(desk)
    add_vectors(desk)
    add_defects(desk)
    raw = desk.raw.write(tmp_path_factory.mktemp("service"))
    build_file = build_warehouse(raw, {"as_of": AS_OF.isoformat(), "rmst_tau_minutes": 240})

    def rows(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(build_file), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return rows


@pytest.fixture(scope="module")
def ticket(query: Query) -> Callable[..., tuple[Any, ...]]:
    """Columns of one ticket in fct_tickets."""

    def columns(ticket_id: str, *names: str) -> tuple[Any, ...]:
        (row,) = query(f"select {', '.join(names)} from marts.fct_tickets where ticket_id = '{ticket_id}'")
        return row

    return columns


Ticket = Callable[..., tuple[Any, ...]]

RESPONSE_TIMES = "from marts.kpi_response_times where period_grain = 'all' and clock = 'calendar'"


def test_tv_frt_1_waiting_customers_stay_in_the_curve(query: Query) -> None:
    (row,) = query(
        "select tickets, answered, answered_share, median_minutes, median_ci_low, median_ci_high,"
        " p90_minutes, restricted_mean_minutes, mean_answered_minutes, publish_status"
        f" {RESPONSE_TIMES} and wait = 'first_reply' and dimension_value = 'TV-FRT-1'"
    )
    assert row[:3] == (10, 7, pytest.approx(0.7))
    assert row[3:7] == (30, 5, None, None)
    assert row[7:] == (pytest.approx(90.0), pytest.approx(25.7142857), "low_base")


def test_tv_nrt_1_runs_begin_with_the_oldest_unanswered_message(query: Query, ticket: Ticket) -> None:
    assert ticket("TV-NRT-1", "first_any_reply_minutes", "first_reply_minutes", "human_replies") == (2, 15, 3)
    runs = query(
        "select run_number, is_answered, wait_minutes from marts.fct_ticket_replies"
        " where ticket_id = 'TV-NRT-1' order by run_number"
    )
    assert runs == [(1, True, 15), (2, True, 30), (3, False, 30)]


def test_tv_wait_1_every_status_counts_for_its_side(ticket: Ticket) -> None:
    row = ticket(
        "TV-WAIT-1", "requester_wait_minutes", "agent_wait_minutes", "on_hold_minutes", "agent_work_minutes",
        "first_resolution_minutes", "full_resolution_minutes", "active_resolution_minutes", "reopens",
    )  # fmt: skip
    assert row == (190, 60, 60, 130, 220, 330, 250, 1)


def test_tv_sla_1_attainment_counts_what_is_due(query: Query) -> None:
    (row,) = query(
        "select met, breached, running, base, attainment, ci_low, ci_high from marts.kpi_sla"
        " where metric = 'first_reply' and period_grain = 'all' and dimension_value = 'TV-SLA-1'"
    )
    assert row[:4] == (2, 2, 2, 4)
    # Four clocks are too few to publish a rate; the unsuppressed measure has it.
    assert row[4:] == (None, None, None)
    (measure,) = query(
        "select value, ci_low, ci_high from intermediate.int_service_measures where metric = 'sla_attainment'"
        " and period_grain = 'all' and dimension_value = 'TV-SLA-1'"
    )
    assert measure == (0.5, pytest.approx(0.15003898914215), pytest.approx(0.84996101085785))


def test_tv_fcr_1_only_mature_tickets_are_judged(query: Query) -> None:
    (row,) = query(
        "select solved_in_period, solved, first_contact_resolved, one_touch, reopened,"
        " first_contact_resolution_rate, one_touch_rate, reopen_rate from marts.kpi_support_quality"
        " where period_grain = 'all' and dimension_value = 'TV-FCR-1'"
    )
    assert row == (10, 8, 6, 4, 1, 0.75, 0.5, 0.125)


@pytest.mark.parametrize(("name", "minutes"), [(case[0], case[4]) for case in BUSINESS_CASES])
def test_tv_bh_business_minutes(ticket: Ticket, name: str, minutes: float) -> None:
    assert ticket(name, "first_reply_business_minutes") == (minutes,)


def test_tv_avg_1_a_total_is_never_an_average_of_averages(query: Query) -> None:
    (row,) = query(
        f"select mean_answered_minutes {RESPONSE_TIMES}"
        " and wait = 'first_reply' and dimension_value = 'TV-AVG-1'"
    )
    assert row == (pytest.approx(2.156862745098039),)


def test_no_reply_is_invented_for_a_ticket_without_one(ticket: Ticket) -> None:
    names = ("first_human_reply_at", "first_reply_minutes", "first_reply_at", "reply_outcome")
    assert ticket("no message", *names) == (None, None, None, "closed_without_reply")
    assert ticket("no message, open", *names) == (None, None, None, "waiting")


def test_a_ticket_longer_than_a_year_is_not_cut_off(ticket: Ticket) -> None:
    # 156 weeks of 45 hours, less the holiday of 16 February 2026 that lies after them.
    assert ticket("three years", "first_reply_business_minutes") == (156 * 45 * 60,)


def test_time_is_measured_and_minute_boundaries_are_not_counted(ticket: Ticket) -> None:
    assert ticket("minute boundary", "first_reply_minutes") == (pytest.approx(2 / 60),)


def test_no_schedule_is_null_and_not_zero(ticket: Ticket) -> None:
    names = ("first_reply_business_minutes", "first_resolution_business_minutes", "schedule_id")
    assert ticket("no schedule", *names) == (None, None, None)
    assert ticket("schedule without rows", *names) == (None, None, "nowhere")


def test_a_reopened_ticket_keeps_its_first_resolution(ticket: Ticket) -> None:
    names = ("first_resolution_business_minutes", "full_resolution_minutes", "is_one_touch", "reopens")
    assert ticket("reopened now", *names) == (60, None, False, 1)


def test_the_wait_for_a_person_restarts_when_a_bots_solution_is_reopened(
    query: Query, ticket: Ticket
) -> None:
    assert ticket("bot solved, reopened", "first_reply_minutes", "first_any_reply_minutes") == (10, 1)
    runs = query("select wait_minutes from marts.fct_ticket_replies where ticket_id = 'bot solved, reopened'")
    assert runs == [(10,)]


def test_an_employee_who_is_a_bot_is_no_person(ticket: Ticket) -> None:
    names = ("first_human_reply_at", "first_any_reply_minutes", "reply_outcome")
    assert ticket("bot by role", *names) == (None, 1, "waiting")
    assert ticket("auto-reply", *names) == (None, None, "waiting")


SLA = (
    "select metric, target_minutes, elapsed_minutes, outcome, strftime(due_at, '%d %H:%M')"
    " from marts.fct_sla_outcomes"
)


def test_sla_takes_the_priority_at_the_start_of_the_clock(query: Query) -> None:
    rows = query(f"{SLA} where ticket_id = 'priority history' order by metric")
    assert rows == [
        ("first_reply", 600, 45, "met", "08 07:00"),
        # A message after the solution waits on, up to as_of.
        ("next_reply", 540, 141120, "breached", "08 21:00"),
        ("requester_wait", 540, 700, "breached", "07 00:00"),
        ("resolution", 540, 0, "met", "07 15:00"),
    ]


def test_sla_is_due_at_closing_time_and_not_the_next_morning(query: Query) -> None:
    rows = query(f"{SLA} where ticket_id = 'due at closing time' and metric = 'resolution'")
    assert rows == [("resolution", 540, 540, "met", "07 15:00")]


def test_no_sla_row_is_lost(query: Query) -> None:
    (row,) = query(
        "select count(*) from marts.fct_tickets as tickets left join marts.fct_sla_outcomes as outcomes"
        " on tickets.ticket_id = outcomes.ticket_id and outcomes.metric = 'first_reply'"
        " where tickets.sla_policy_id = 'P60' and outcomes.ticket_id is null"
        " and not tickets.is_human_clock_void"
    )
    assert row == (0,)


def test_merged_tickets_resolve_to_the_end_of_the_chain(query: Query, ticket: Ticket) -> None:
    assert ticket("root", "strftime(created_at, '%H:%M')", "first_reply_minutes") == ("05:10", 30)
    gone = ("middle", "leaf", "circle 1", "circle 2", "spam", "test", "of a test customer", "outbound")
    assert query(f"select ticket_id from marts.fct_tickets where ticket_id in {gone}") == []
    rejected = query("select row_key from quality.rejected_rows where table_name = 'tickets' order by 1")
    assert rejected == [("circle 1",), ("circle 2",)]


def test_an_agents_own_ticket_starts_with_the_customers_first_message(ticket: Ticket) -> None:
    names = ("strftime(created_at, '%H:%M')", "first_reply_minutes", "human_replies")
    assert ticket("on behalf", *names) == ("07:00", 15, 1)


def test_clock_skew_is_forgiven_up_to_two_seconds(query: Query, ticket: Ticket) -> None:
    names = ("first_reply_minutes", "reply_outcome", "is_human_clock_void")
    assert ticket("one second early", *names) == (0, "answered", False)
    assert ticket("one minute early", *names) == (None, None, True)
    for mart in ("fct_ticket_replies", "fct_sla_outcomes"):
        assert query(f"select 1 from marts.{mart} where ticket_id = 'one minute early'") == []


def test_a_message_delivered_twice_is_one(ticket: Ticket) -> None:
    assert ticket("delivered twice", "human_replies") == (2,)


def test_each_part_of_a_life_is_measured_by_its_own_schedule(query: Query, ticket: Ticket) -> None:
    assert ticket("moved", "first_reply_business_minutes", "schedule_id") == (15 * 60, "vilnius247")
    waits = query(
        "select wait_business_minutes from marts.fct_ticket_replies"
        " where ticket_id = 'moved out' order by run_number"
    )
    assert waits == [(30,), (None,)]


def test_closed_without_a_history_has_no_resolution(query: Query, ticket: Ticket) -> None:
    names = ("is_solved", "first_resolution_minutes", "requester_wait_minutes", "reopens", "reply_outcome")
    assert ticket("closed without history", *names) == (True, None, None, None, "closed_without_reply")
    for mart in ("fct_ticket_replies", "fct_ticket_status_intervals", "fct_backlog_days"):
        assert query(f"select 1 from marts.{mart} where ticket_id = 'closed without history'") == []
