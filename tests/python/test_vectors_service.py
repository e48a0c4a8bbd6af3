"""The service vectors of METRICS §4, from raw rows to the marts, in one build (service_cases)."""

import pytest
from service_cases import BUSINESS_CASES, Query, Ticket

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
