"""Defects of peers and of this project, each with a test named after it, in the build of service_cases."""

from pathlib import Path

import duckdb
import pytest
from dbt_runner import Warehouse
from raw_folder import RawFolder
from service_cases import Query, Ticket


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


def test_a_reopened_ticket_is_not_one_touch(query: Query, ticket: Ticket) -> None:
    assert ticket("reopened now", "human_replies", "is_one_touch") == (1, False)
    (row,) = query(
        "select count(*) from marts.fct_tickets where is_one_touch and (reopens > 0 or human_replies <> 1)"
    )
    assert row == (0,)


def test_unreplied_tickets_are_counted(query: Query) -> None:
    (row,) = query(
        "select count(*), count(*) filter (where reply_outcome <> 'answered') from marts.fct_tickets"
        " where channel = 'defects' and human_replies = 0"
    )
    assert row == (2, 2)
    (rate,) = query(
        "select value, base from intermediate.int_service_measures where metric = 'no_reply_rate'"
        " and period_grain = 'all' and dimension_value = 'defects'"
    )
    assert rate == (1, 1)


def test_no_hour_is_lost_or_won_when_clocks_change(ticket: Ticket) -> None:
    # With winter time all year TV-BH-1 would be 105, and a local day would always have 1,440 minutes.
    assert ticket("TV-BH-1", "first_reply_minutes", "first_reply_business_minutes") == (3885, 165)
    assert ticket("TV-BH-2", "first_reply_minutes", "first_reply_business_minutes") == (3945, 105)
    assert ticket("TV-BH-3a", "first_reply_business_minutes") == (1500,)
    assert ticket("TV-BH-3b", "first_reply_business_minutes") == (1380,)


def test_holidays_are_not_working_time(ticket: Ticket) -> None:
    # 630 if the holiday were worked.
    assert ticket("TV-BH-4", "first_reply_business_minutes") == (90,)


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


@pytest.mark.parametrize(
    ("name", "human_replies"),
    [
        ("delivered twice", 2),
        ("delivered in a chain", 1),
        ("a minute later", 1),
        ("61 seconds later", 2),
        ("the same from two", 2),
        ("nothing twice", 2),
        ("another between", 2),
        ("at one instant", 1),
        ("a note and a reply", 1),
        ("first by a machine", 0),
        ("the same in a merged one", 2),
    ],
)
def test_a_message_delivered_twice_is_one(ticket: Ticket, name: str, human_replies: int) -> None:
    assert ticket(name, "human_replies") == (human_replies,)


@pytest.mark.parametrize(
    ("name", "waits"),
    [
        # The reply at 100 repeats the first, and so the question at 90 is still open.
        ("runs and repeats", [(1, 0, 60), (2, 90, None)]),
        # What came first of one instant is what has the first key.
        ("a reply and a question at once", [(1, 0, 60), (2, 60, 90)]),
        ("a question and a reply at once", [(1, 0, 60)]),
        # Later runs are numbered on, however often a person wrote in between.
        ("many turns", [(1, 0, 60), (2, 180, 240), (3, 360, 420), (4, 480, None)]),
    ],
)
def test_runs_begin_with_a_question_and_end_with_a_reply(
    query: Query, name: str, waits: list[tuple[int, int, int | None]]
) -> None:
    since_created = "cast(epoch({}) - epoch(timestamp '2026-09-07 06:00:00') as bigint)"
    found = query(
        f"select run_number, {since_created.format('waiting_since')}, {since_created.format('replied_at')}"
        f" from marts.fct_ticket_replies where ticket_id = '{name}' order by run_number"
    )
    assert found == waits


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


def test_a_temporary_sla_target_gives_way_to_the_one_it_stood_in_for(query: Query) -> None:
    rows = query(
        "select ticket_id, target_minutes, outcome from marts.fct_sla_outcomes where policy_id = 'temporary'"
        " order by ticket_id"
    )
    assert rows == [
        ("temporary -1", 60, "met"),
        ("temporary 0", 10, "breached"),
        ("temporary 1", 5, "breached"),
        ("temporary 2", 60, "met"),
    ]


def test_a_superseded_version_makes_no_circle_of_merges(query: Query, ticket: Ticket) -> None:
    assert ticket("once merged", "first_reply_minutes") == (40,)
    assert query("select 1 from marts.fct_tickets where ticket_id = 'absorbed'") == []


def test_a_rejected_opening_takes_no_other_row_of_its_schedule_with_it(query: Query, ticket: Ticket) -> None:
    assert ticket("overlap chain", "first_reply_business_minutes") == (380,)
    rejected = query("select row_key from quality.rejected_rows where row_key like 'chain|%'")
    assert rejected == [("chain|1|700|",)]


def test_texts_that_differ_only_in_a_long_number_are_two(ticket: Ticket) -> None:
    assert ticket("two parcels", "human_replies") == (2,)


def test_nothing_after_as_of_has_happened(query: Query, ticket: Ticket) -> None:
    names = ("status", "reply_outcome", "is_solved", "human_replies", "first_reply_minutes", "schedule_id")
    assert ticket("to come", *names) == ("open", "waiting", False, 0, None, "vilnius247")
    runs = query(
        "select run_number, wait_minutes, wait_business_minutes from marts.fct_ticket_replies"
        " where ticket_id = 'to come'"
    )
    assert runs == [(1, 60, 60)]
    spells = query(
        "select status, minutes, business_minutes, ended_at from marts.fct_ticket_status_intervals"
        " where ticket_id = 'to come'"
    )
    assert spells == [("open", 60, 60, None)]
    outcomes = query("select metric, outcome from marts.fct_sla_outcomes where ticket_id = 'to come'")
    assert outcomes == [("first_reply", "running")]
    names = ("is_solved", "reopens", "full_resolution_minutes")
    assert ticket("reopened to come", *names) == (True, 0, 10)
    assert query("select count(*) from marts.fct_ticket_replies where ticket_id = 'reopened to come'") == [
        (1,)
    ]
    in_scope = query("select ticket_id from marts.fct_tickets where channel = 'to come' order by 1")
    assert in_scope == [("reopened to come",), ("to come",)]


def test_a_test_customer_lends_a_merged_ticket_nothing(ticket: Ticket) -> None:
    names = ("first_reply_minutes", "human_replies")
    assert ticket("lent nothing", *names) == (30, 1)


def test_clocks_two_seconds_apart_count_as_at_once(ticket: Ticket) -> None:
    names = ("is_solved", "first_resolution_minutes", "full_resolution_minutes")
    assert ticket("solved at once", *names) == (True, 0, 0)
    assert ticket("solved before", *names) == (True, None, None)


def test_a_reply_at_the_instant_of_reopening_does_not_restart_its_own_clock(ticket: Ticket) -> None:
    assert ticket("reopened by the reply", "first_reply_minutes") == (500,)


@pytest.mark.parametrize(
    ("clock", "due"), [("calendar", "2026-09-07 16:30"), ("business", "2026-09-08 06:30")]
)
def test_an_sla_clock_that_stops_on_its_target_is_met_and_due_then(
    query: Query, clock: str, due: str
) -> None:
    rows = query(
        "select elapsed_minutes, outcome, strftime(due_at, '%Y-%m-%d %H:%M'), due_at = stopped_at"
        f" from marts.fct_sla_outcomes where policy_id = 'exact {clock}'"
    )
    assert rows == [(90, "met", due, True)]


@pytest.mark.parametrize("clock", ["calendar", "business"])
def test_an_sla_clock_is_due_where_it_reached_its_target_and_not_where_it_paused_later(
    query: Query, clock: str
) -> None:
    rows = query(
        "select metric, elapsed_minutes, outcome, strftime(due_at, '%H:%M')"
        f" from marts.fct_sla_outcomes where policy_id = 'early {clock}' order by metric"
    )
    assert rows == [("agent_work", 60, "met", "07:00"), ("requester_wait", 120, "breached", "07:30")]


def test_an_instant_without_seconds_is_one(ticket: Ticket) -> None:
    assert ticket("no seconds", "first_reply_minutes") == (7,)


def test_a_schedule_without_hours_is_still_the_tickets_schedule(ticket: Ticket) -> None:
    assert ticket("moved out", "schedule_id") == ("nowhere",)


def test_a_schedule_changed_long_before_the_ticket_rules_it(ticket: Ticket) -> None:
    assert ticket("moved before", "first_reply_business_minutes", "schedule_id") == (60, "vilnius")


def test_time_to_assignment_and_who_solved_the_ticket(query: Query, ticket: Ticket) -> None:
    names = ("assignment_minutes", "assignment_business_minutes", "solver_id", "assignee_id")
    assert ticket("handed on", *names) == (20, 20, "bert", "carl")
    assert ticket("no message", *names) == (None, None, None, None)
    answered_for = query(
        "select employee_id from marts.fct_staff_outcomes where ticket_id = 'handed on' order by 1"
    )
    assert {row[0] for row in answered_for} == {"bert"}


def test_a_conversation_with_a_bot_is_undone_only_by_what_comes_after_its_end(query: Query) -> None:
    rows = query(
        "select ticket_id, outcome, is_recontacted, is_contained, strftime(first_bot_reply_at, '%H:%M')"
        " from marts.fct_bot_conversations where channel = 'talks' order by ticket_id"
    )
    assert rows == [
        ("reopened before", "solved", False, True, "12:00"),
        # What the bot said before the customer wrote is not part of it (D30); nobody wrote for three days.
        ("the bot's own", "abandoned", False, False, "12:10"),
    ]


def test_an_answer_about_a_merged_ticket_is_about_the_survivor(query: Query) -> None:
    rows = query(
        "select outcome_id, ticket_id, employee_id from marts.fct_staff_outcomes"
        " where metric = 'csat_t2b' and ticket_id = 'survivor' order by 1"
    )
    assert [row[1:] for row in rows] == [("survivor", "dora")] * 2
    assert [row[0].split("|")[0] for row in rows] == ["logged call", "merged away"]


def test_what_an_agent_logged_and_merged_lends_its_survivor_no_reply(ticket: Ticket) -> None:
    assert ticket("survivor", "human_replies") == (0,)


def test_an_invitation_about_a_merged_ticket_invites_the_survivor(query: Query) -> None:
    outcomes = query("select outcome from intermediate.int_survey_coverage_units where unit_id = 'survivor'")
    assert outcomes == [("invited",)]


def test_satisfaction_with_staff_keeps_to_one_scale_as_the_long_table_does(query: Query) -> None:
    quarter = "metric = 'csat_t2b' and period_grain = 'quarter' and period_start = '2025-04-01'"
    staff = query(
        f"select base, rate, company_rate from marts.kpi_staff where {quarter}"
        " and dimension_value = 'two scales'"
    )
    assert staff == [(40, 0.8, 0.8)]
    company = query(
        f"select base, value from intermediate.int_feedback_measures where {quarter} and dimension = 'total'"
        " and programme = 'transactional'"
    )
    assert company == [(40, 0.8)]


def test_the_outermost_tenth_is_of_those_who_can_be_compared(query: Query) -> None:
    """Nine at 20 of 30 and one at 30 of 30, who is drawn in; nobody knows how far away the eleventh is."""
    (row,) = query(
        "select count(*), count(observed_to_expected), min(dispersion),"
        " min(power(standardised_rate - company_rate, 2) * 30 / (company_rate * (1 - company_rate)))"
        " from marts.kpi_staff where metric = 'csat_t2b' and period_start = '2025-10-01'"
        " and dimension = 'employee'"
    )
    assert row == (11, 10, pytest.approx(row[3], abs=1e-9), row[3])


def test_subscriptions_alone_say_how_late_it_is(tmp_path: Path) -> None:
    raw = RawFolder()
    for number, start in enumerate(("2026-01-05", "2026-03-09")):
        raw.add(
            "crm", "subscriptions", subscription_id=f"S{number}", customer_id="C", started_at=start,
            ended_at="2027-01-01", mrr=10,
        )  # fmt: skip
    warehouse = Warehouse(tmp_path, {})
    variables = {"raw": "files", "raw_path": str(raw.write(tmp_path / "raw"))}
    warehouse.dbt(
        "build", "--select", "+int_build_clock", "--indirect-selection", "cautious",
        "--exclude-resource-type", "unit_test", variables=variables,
    )  # fmt: skip
    with duckdb.connect(str(warehouse.build_file), read_only=True) as connection:
        clock = connection.execute("select as_of_date from intermediate.int_build_clock").fetchall()
    assert [str(row[0]) for row in clock] == ["2026-03-09"]


def test_changes_of_one_moment_stand_in_their_sequence(query: Query) -> None:
    spells = [(0, "new", 10), (1, "open", 0), (2, "pending", 0), (3, "hold", 0), (4, "solved", 20)]
    assert spells_until_closed(query, "one moment") == spells


@pytest.mark.parametrize("ticket_id", ["twice to come", "twice to come, turned round"])
def test_of_changes_to_come_the_first_in_sequence_says_what_is_now(ticket: Ticket, ticket_id: str) -> None:
    assert ticket(ticket_id, "status", "is_solved") == ("pending", False)


@pytest.mark.parametrize("ticket_id", ["given twice", "given twice, turned round"])
def test_assignments_of_one_moment_stand_in_their_sequence(ticket: Ticket, ticket_id: str) -> None:
    assert ticket(ticket_id, "assignment_minutes", "solver_id") == (20, "bert")


def test_a_change_that_repeats_the_value_in_force_is_none(query: Query) -> None:
    assert spells_until_closed(query, "said twice") == [(0, "new", 10), (1, "pending", 10), (2, "open", 10)]


def spells_until_closed(query: Query, ticket_id: str) -> list[tuple[int, str, float]]:
    return query(
        "select spell_number, status, minutes from marts.fct_ticket_status_intervals"
        f" where ticket_id = '{ticket_id}' and status <> 'closed' order by spell_number"
    )
