"""The churn vectors of METRICS §3 and the known defects of peers, from raw rows to the marts, in one build.

The cases live side by side: each has a segment of its own, and as_of is the cutoff of TV-MRR-2.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest
from raw_folder import RawFolder

AS_OF = date(2026, 4, 1)
NUMBERS = count(1)


class Company:
    """Customers and what they pay, as raw rows."""

    def __init__(self) -> None:
        """Start without customers."""
        self.raw = RawFolder()

    def customer(self, segment: str, customer_id: str | None = None, **columns: Any) -> str:
        """Add one customer; gives its key."""
        customer_id = customer_id or f"{segment}-{next(NUMBERS)}"
        self.raw.add("crm", "customers", customer_id=customer_id, segment=segment, **columns)
        return customer_id

    def pays(
        self,
        customer_id: str,
        mrr: float,
        start: date | str,
        end: date | str | None = None,
        *changes: tuple[str, str, float],
        **columns: Any,
    ) -> str:
        """Add one subscription with its changes (day, kind, amount)."""
        subscription_id = f"S{next(NUMBERS)}"
        self.raw.add(
            "crm", "subscriptions", subscription_id=subscription_id, customer_id=customer_id, mrr=mrr,
            started_at=start, ended_at=end, **columns,
        )  # fmt: skip
        for day, kind, amount in changes:
            self.raw.add(
                "crm", "subscription_changes", change_id=f"X{next(NUMBERS)}", mrr=amount,
                subscription_id=subscription_id, effective_at=day, kind=kind,
            )  # fmt: skip
        return subscription_id

    def cancels(self, customer_id: str, day: date | str, **columns: Any) -> None:
        """Add one cancellation."""
        self.raw.add(
            "crm", "cancellations", cancellation_id=f"K{next(NUMBERS)}", customer_id=customer_id,
            requested_at=day, **columns,
        )  # fmt: skip

    def answers_why(self, customer_id: str, at: str, *reasons: str) -> None:
        """Add one exit survey with the reasons in the order the customer put them."""
        response = f"R{next(NUMBERS)}"
        self.raw.add(
            "surveys", "responses", response_id=response, survey_id="exit", customer_id=customer_id,
            responded_at=at,
        )  # fmt: skip
        for number, reason in enumerate(reasons, start=1):
            self.raw.add(
                "surveys", "answers", response_id=response, question_id="why", answer_no=number,
                value=reason,
            )  # fmt: skip


def tv_mrr_1(company: Company) -> None:
    """Opening and closing amounts of TV-MRR-1 in February 2025."""
    for name, mrr, end, changes in (
        ("A", 100, None, [("2025-02-10", "upgrade", 120)]),
        ("B", 50, None, [("2025-02-10", "downgrade", 30)]),
        ("C", 80, None, []),
        ("D", 40, "2025-02-15", []),
        ("E", 30, None, []),
    ):
        company.pays(company.customer("mrr1", f"mrr1-{name}"), mrr, "2024-06-01", end, *changes)
    company.pays(company.customer("mrr1", "mrr1-F"), 60, "2025-02-12")
    returning = company.customer("mrr1", "mrr1-G")
    company.pays(returning, 25, "2024-06-01", "2024-09-01")
    company.pays(returning, 25, "2025-02-20")


def tv_mrr_2(company: Company) -> None:
    """The table of TV-MRR-2."""
    rows: list[tuple[str, float, str, str | None, list[tuple[str, str, float]]]] = [
        ("C1", 100, "2025-01-10", None, []),
        ("C2", 50, "2025-05-01", "2026-03-15", []),
        ("C3", 80, "2025-06-01", "2026-03-10", []),
        ("C3", 80, "2026-03-14", None, []),
        ("C4", 40, "2025-06-01", "2026-03-10", []),
        ("C4", 40, "2026-03-25", None, []),
        ("C5", 30, "2026-03-05", "2026-03-20", []),
        ("C6", 60, "2026-03-12", None, []),
        ("C7", 25, "2025-01-01", "2025-12-01", []),
        ("C7", 25, "2026-03-03", None, []),
        ("C8", 70, "2025-02-01", None, [("2026-03-16", "downgrade", 55)]),
        ("C9", 20, "2025-02-01", None, []),
        ("C9", 10, "2025-02-01", "2026-03-09", []),
        ("C10", 90, "2025-02-01", None, [("2026-03-08", "pause", 0)]),
        ("C11", 45, "2025-02-01", "2026-03-28", []),
    ]
    for name in dict.fromkeys(row[0] for row in rows):
        company.customer("mrr2", f"mrr2-{name}")
    for name, mrr, start, end, changes in rows:
        company.pays(f"mrr2-{name}", mrr, start, end, *changes)


def tv_coh_1(company: Company) -> None:
    """The only customers who started in January 2026."""
    for start, end in (
        ("2026-01-05", None),
        ("2026-01-20", "2026-02-10"),
        ("2026-01-31", "2026-03-15"),
        ("2026-01-31", None),
    ):
        company.pays(company.customer("coh1"), 10, start, end)


def tv_km_1(company: Company) -> None:
    """Durations of TV-KM-1 in days; V leaves by itself, I by payment failure (TV-CIF-1)."""
    for days, cause in (
        (2, "V"), (3, "I"), (3, None), (5, "V"), (6, "V"), (6, None), (8, None), (9, "I"), (10, None),
        (12, None),
    ):  # fmt: skip
        customer = company.customer("km1")
        if cause is None:
            company.pays(customer, 10, AS_OF - timedelta(days))
            continue
        end = date(2026, 2, 20)
        company.pays(customer, 10, end - timedelta(days), end)
        initiator = {"V": "customer", "I": "payment_system"}[cause]
        company.cancels(customer, end, initiator=initiator, recorded_by="customer")


def tv_churn_1(company: Company) -> None:
    """TV-CHURN-1 in February 2025, whose quarters are whole days."""
    for number in range(200):
        end = "2025-02-15" if number < 12 else None
        company.pays(company.customer("churn1"), 10, "2024-11-10", end)
    for number in range(30):
        end = "2025-02-22" if number < 3 else None
        company.pays(company.customer("churn1"), 10, "2025-02-15", end)


REASONS = {
    "too_expensive": (12, 1000.0),
    "unresolved_issue": (9, 2700.0),
    "missing_feature": (5, 500.0),
    "competitor_offer": (4, 1200.0),
    "business_closed": (2, 100.0),
    None: (8, 900.0),
}


def tv_reason(company: Company) -> None:
    """TV-REASON-1 and TV-REASON-2: forty customers who left in May 2025."""
    for reason, (customers, lost) in REASONS.items():
        for _ in range(customers - 1):
            leave(company, "reason", round(lost / customers, 0), reason)
        leave(company, "reason", lost - (customers - 1) * round(lost / customers, 0), reason)


def leave(company: Company, segment: str, mrr: float, reason: str | None) -> None:
    """One customer who leaves in the middle of May 2025, having ticked a reason or none."""
    customer = company.customer(segment)
    company.pays(customer, mrr, "2024-12-10", "2025-05-15")
    company.cancels(
        customer, "2025-05-01", effective_at="2025-05-15", initiator="customer", recorded_by="customer",
        reason=reason,
    )  # fmt: skip


def tv_winback(company: Company) -> None:
    """TV-WINBACK: 50 followed for 90 days with 6 returned, 20 not with 1 returned."""
    for number in range(50):
        customer = company.customer("winback")
        company.pays(customer, 10, "2025-03-05", "2025-11-20")
        if number < 6:
            company.pays(customer, 10, "2026-02-18")  # the ninetieth day
        elif number < 9:
            company.pays(customer, 10, "2026-02-19")
    for number in range(20):
        customer = company.customer("winback")
        company.pays(customer, 10, "2025-03-05", "2026-02-20")
        if number < 1:
            company.pays(customer, 10, "2026-03-10")


def peers(company: Company) -> None:
    """One customer for each defect known from peers, and the edges of the rules."""

    def one(name: str) -> str:
        return company.customer("peers", name, persona="returned" if name == "returning" else None)

    company.pays(one("open_ended"), 10, "2025-03-10")
    company.pays(one("to_zero"), 10, "2025-03-10", None, ("2025-06-15", "price", 0))
    company.pays(one("returning"), 10, "2025-03-10", "2025-06-15")
    company.pays("returning", 30, "2025-08-15")
    company.pays(one("within_a_month"), 10, "2025-06-05", "2025-06-20")
    company.pays(one("overlapping"), 10, "2025-03-10")
    company.pays("overlapping", 15, "2025-05-10", "2025-06-15")
    company.pays(one("unpaid_bill"), 10, "2025-03-10", "2025-06-15", status="past_due")
    company.pays(one("closed_account"), 10, "2025-03-10", "2025-06-15", status="cancelled")
    company.cancels(
        "closed_account", "2025-06-15", initiator="payment_system", recorded_by="agent",
        reason="payment_failure",
    )  # fmt: skip
    company.pays(one("silent"), 10, "2025-03-10", "2025-06-15")

    company.pays(one("future_end"), 10, "2025-03-10", "2026-06-01")
    company.pays(one("future_renewal"), 10, "2025-03-10", "2026-03-30")
    company.pays("future_renewal", 10, "2026-04-02")
    company.pays(one("month_end"), 10, "2025-03-10", "2025-07-01")
    company.pays(one("first_of_month"), 10, "2025-07-01")
    company.pays(one("local_day"), 10, "2025-06-30T21:30:00Z")
    company.pays(one("one_day"), 10, "2025-07-05T08:00:00+03:00", "2025-07-05T20:00:00+03:00")
    company.pays(
        one("two_changes"), 10, "2025-03-10", None,
        ("2025-06-15T09:00:00+03:00", "upgrade", 40), ("2025-06-15T10:00:00+03:00", "price", 20),
    )  # fmt: skip
    company.pays(one("long_pause"), 10, "2025-03-10", None, ("2025-05-10", "pause", 0))
    company.pays(
        one("resumed_in_grace"), 10, "2025-03-10", None,
        ("2025-05-10", "pause", 0), ("2025-08-13", "resume", 12),
    )  # fmt: skip
    company.pays(company.customer("peers", "test_customer", is_test="true"), 10, "2025-03-10")
    company.pays(one("trial"), 0, "2025-03-10", "2025-06-15")
    company.pays(one("foreign_money"), 10, "2025-03-10", currency="USD")

    company.pays(one("surveyed"), 10, "2025-03-10", "2025-06-15")
    company.cancels("surveyed", "2025-06-10", initiator="customer", recorded_by="agent", reason="price")
    company.answers_why("surveyed", "2025-06-01T10:00:00Z", "usability")
    company.answers_why("surveyed", "2025-06-20T10:00:00Z", "Slow response", "no idea", "usability")
    company.pays(one("surveyed_late"), 10, "2025-03-10", "2025-06-15")
    company.answers_why("surveyed_late", "2025-07-16T10:00:00Z", "usability")
    company.pays(one("nobody_known"), 10, "2025-03-10", "2025-06-15")
    company.cancels("nobody_known", "2025-06-10", reason="moved")
    company.cancels("nobody_known", "2025-05-20", reason="no_need", initiator="customer")


@pytest.fixture(scope="module")
def marts(
    build_warehouse: Callable[[Path, Mapping[str, Any]], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> duckdb.DuckDBPyConnection:
    company = Company()
    company.raw.add("surveys", "surveys", survey_id="exit", programme="exit")
    company.raw.add("surveys", "questions", question_id="why", survey_id="exit", metric="reason")
    for case in (tv_mrr_1, tv_mrr_2, tv_coh_1, tv_km_1, tv_churn_1, tv_reason, tv_winback, peers):
        case(company)
    zone = "Europe/Vilnius"
    path = build_warehouse(
        company.raw.write(tmp_path_factory.mktemp("raw")),
        {
            "as_of": AS_OF.isoformat(), "source_time_zone": zone, "reporting_time_zone": zone,
            "min_base_publish": 1, "max_rejected_share": 1,
        },
    )  # fmt: skip
    return duckdb.connect(str(path), read_only=True)


def row(marts: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    """The only row of a query."""
    cursor = marts.execute(sql)
    names = [column[0] for column in cursor.description or []]
    rows = cursor.fetchall()
    assert len(rows) == 1, f"{len(rows)} rows: {sql}"
    return dict(zip(names, rows[0], strict=True))


def month_of(marts: duckdb.DuckDBPyConnection, segment: str, month: str) -> dict[str, Any]:
    return row(
        marts,
        f"select * from marts.kpi_churn where period_grain = 'month' and period_start = date '{month}' "
        f"and dimension = 'segment' and dimension_value = '{segment}'",
    )


def bridge_of(marts: duckdb.DuckDBPyConnection, segment: str, month: str) -> dict[str, float]:
    """Money by movement of one segment, from the atomic fact."""
    found = marts.execute(
        "select movement, sum(opening_mrr), sum(closing_mrr), sum(abs(movement_mrr)) "
        "from marts.fct_customer_months inner join marts.dim_customers using (customer_id) "
        f"where segment = '{segment}' and month = date '{month}' group by 1"
    ).fetchall()
    bridge = {movement: float(moved) for movement, _, _, moved in found}
    bridge["opening"] = float(sum(opening for _, opening, _, _ in found))
    bridge["closing"] = float(sum(closing for _, _, closing, _ in found))
    bridge.pop("retained", None)
    return bridge


def measure(
    marts: duckdb.DuckDBPyConnection, metric: str, grain: str, segment: str, start: str
) -> dict[str, Any]:
    return row(
        marts,
        f"select * from intermediate.int_churn_measures where metric = '{metric}' "
        f"and period_grain = '{grain}' "
        f"and dimension = 'segment' and dimension_value = '{segment}' and period_start = date '{start}'",
    )


def test_tv_mrr_1_bridge(marts: duckdb.DuckDBPyConnection) -> None:
    assert bridge_of(marts, "mrr1", "2025-02-01") == {
        "opening": 300, "new": 60, "reactivation": 25, "expansion": 20, "contraction": 20, "churn": 40,
        "closing": 345,
    }  # fmt: skip


def test_tv_mrr_1_retention_with_ratio_intervals(marts: duckdb.DuckDBPyConnection) -> None:
    churn = month_of(marts, "mrr1", "2025-02-01")
    assert churn["nrr"] == pytest.approx(0.8666666666666667)
    assert churn["grr"] == pytest.approx(0.8)
    assert churn["logo_churn_rate"] == pytest.approx(0.2)
    t = 2.7764451051977987  # four degrees of freedom
    assert churn["nrr_ci_high"] - churn["nrr"] == pytest.approx(t * 0.19077489805630893, rel=1e-6)
    assert churn["grr"] - churn["grr_ci_low"] == pytest.approx(t * 0.1588150566609546, rel=1e-6)
    assert measure(marts, "nrr", "month", "mrr1", "2025-02-01")["standard_error"] == pytest.approx(
        0.19077489805630893
    )
    # (60 + 25 + 20) / (40 + 20 + 0)
    assert measure(marts, "quick_ratio", "month", "mrr1", "2025-02-01")["value"] == pytest.approx(1.75)


def test_tv_mrr_2_bridge(marts: duckdb.DuckDBPyConnection) -> None:
    assert bridge_of(marts, "mrr2", "2026-03-01") == {
        "opening": 505, "new": 60, "reactivation": 25, "contraction": 25, "churn": 95, "pause": 90,
        "closing": 380,
    }  # fmt: skip


def test_tv_mrr_2_rates_and_events(marts: duckdb.DuckDBPyConnection) -> None:
    churn = month_of(marts, "mrr2", "2026-03-01")
    assert (churn["opening_customers"], churn["churned_customers"]) == (8, 2)
    assert churn["logo_churn_rate"] == pytest.approx(0.25)
    assert (churn["churn_events"], churn["intra_period_churn"]) == (4, 1)
    assert churn["grr"] == pytest.approx(0.5841584158415841)
    assert churn["nrr"] == pytest.approx(0.5841584158415841)
    assert churn["grr_ex_pause"] == pytest.approx(0.7623762376237624)
    provisional = marts.execute(
        "select customer_id from marts.fct_churn_events where is_provisional and segment = 'mrr2'"
    ).fetchall()
    assert provisional == [("mrr2-C11",)]
    kept = row(marts, "select count(*) as n from marts.fct_paying_intervals where customer_id = 'mrr2-C3'")
    assert kept["n"] == 1


def test_tv_coh_1_anniversaries(marts: duckdb.DuckDBPyConnection) -> None:
    cells = marts.execute(
        "select months_since, cohort_size, retention from marts.kpi_retention_cohorts "
        "where cohort_month = date '2026-01-01' order by 1"
    ).fetchall()
    assert cells == [(0, 4, 1.0), (1, 4, 0.75), (2, 4, 0.5)]  # month 3 is not there yet


def test_tv_km_1_survival_and_tv_cif_1_incidence(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.execute(
        "select tenure_days, at_risk, survival, standard_error, ci_low, ci_high, hazard, "
        "cumulative_incidence_voluntary, cumulative_incidence_involuntary from marts.kpi_survival "
        "where dimension = 'segment' and dimension_value = 'km1' order by 1"
    ).fetchall()
    steps = {values[0]: values[1:] for values in found}
    assert list(steps) == [2, 3, 5, 6, 9]
    assert steps[2][1] == pytest.approx(0.9)
    assert steps[3][1] == pytest.approx(0.8)
    assert steps[5][1] == pytest.approx(0.6857142857142857)
    assert steps[5][5] == pytest.approx(0.14285714285714285)
    assert steps[6][:5] == pytest.approx(
        (6, 0.5714285714285715, 0.163774715491746, 0.21719270238228386, 0.8145721379207795)
    )
    assert steps[9][1:5] == pytest.approx(
        (0.38095238095238104, 0.19002213454915118, 0.07010645228919374, 0.7043774128929691)
    )
    assert steps[9][6:] == pytest.approx((0.32857142857142857, 0.2904761904761905))


def test_tv_churn_1_rate_hazard_and_annualised(marts: duckdb.DuckDBPyConnection) -> None:
    churn = month_of(marts, "churn1", "2025-02-01")
    assert (churn["opening_customers"], churn["churned_customers"], churn["churn_events"]) == (200, 12, 15)
    assert (churn["logo_churn_rate"], churn["ci_low"], churn["ci_high"]) == pytest.approx(
        (0.06, 0.03465219425433187, 0.1019316929576627)
    )
    assert churn["logo_churn_annualised"] == pytest.approx(0.524079685185747)
    assert churn["customer_months"] == pytest.approx(208.25)
    assert (
        churn["churn_hazard"],
        churn["churn_hazard_ci_low"],
        churn["churn_hazard_ci_high"],
    ) == pytest.approx((0.07202881152460984, 0.0403139790289715, 0.11880057081145663))


def test_tv_reason_1_shares_of_all_churn_events(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.execute(
        "select reason, churned_customers, share, ci_low, ci_high, share_if_all_unknown, "
        "cumulative_share, rank "
        "from marts.kpi_churn_reasons where period_grain = 'month' and period_start = date '2025-05-01' "
        "and dimension = 'segment' and dimension_value = 'reason' order by rank"
    ).fetchall()
    reasons = {values[0]: values[1:] for values in found}
    assert reasons["too_expensive"][:5] == pytest.approx(
        (12, 0.3, 0.18074845229746528, 0.45430018818144935, 0.5)
    )
    assert reasons["unknown"][:2] == pytest.approx((8, 0.2))
    assert [values[6] for values in found][2] == pytest.approx(0.725)  # price, service and unknown
    assert [values[7] for values in found] == [1, 2, 3, 4, 5, 6]
    assert measure(marts, "avoidable_churn_share", "month", "reason", "2025-05-01")["value"] == pytest.approx(
        0.75
    )
    assert measure(marts, "churn_reason_unknown", "month", "reason", "2025-05-01")["value"] == pytest.approx(
        0.2
    )


def test_tv_reason_2_money_beside_logos(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.execute(
        "select reason, mrr_lost, mrr_share, mrr_rank from marts.kpi_churn_reasons "
        "where period_grain = 'month' and period_start = date '2025-05-01' "
        "and dimension = 'segment' and dimension_value = 'reason'"
    ).fetchall()
    reasons = {values[0]: values[1:] for values in found}
    assert reasons["unresolved_issue"] == pytest.approx((2700, 0.421875, 1))
    assert reasons["too_expensive"][:2] == pytest.approx((1000, 0.15625))
    assert float(reasons["unresolved_issue"][0]) * 12 == pytest.approx(32400)
    # Two customers are fewer than min_base_money: their money would be theirs to read.
    assert reasons["business_closed"][:2] == (None, None)


def test_tv_winback_counts_only_those_followed_for_ninety_days(marts: duckdb.DuckDBPyConnection) -> None:
    first_month = row(
        marts, "select min(period_start) as start from marts.kpi_churn where period_grain = 'all'"
    )
    found = measure(marts, "winback_rate_90", "all", "winback", str(first_month["start"]))
    assert (found["base"], found["numerator"]) == (50, 6)
    assert (found["value"], found["ci_low"], found["ci_high"]) == pytest.approx(
        (0.12, 0.05617600150932274, 0.23804817383202992)
    )


def events_of(marts: duckdb.DuckDBPyConnection, customer: str) -> list[tuple[Any, ...]]:
    return marts.execute(
        "select cast(churn_date as varchar), churn_type, reason, reason_source, cast(mrr_lost as double), "
        "tenure_days "
        f"from marts.fct_churn_events where customer_id = '{customer}' order by 1"
    ).fetchall()


def months_of(marts: duckdb.DuckDBPyConnection, customer: str) -> dict[str, tuple[str, float]]:
    return {
        month: (movement, float(moved))
        for month, movement, moved in marts.execute(
            "select strftime(month, '%Y-%m'), movement, movement_mrr from marts.fct_customer_months "
            f"where customer_id = '{customer}' and movement <> 'retained'"
        ).fetchall()
    }


def intervals_of(marts: duckdb.DuckDBPyConnection, customer: str) -> list[tuple[Any, ...]]:
    return marts.execute(
        "select cast(started_date as varchar), cast(ended_date as varchar) from marts.fct_paying_intervals "
        f"where customer_id = '{customer}' order by 1"
    ).fetchall()


def test_an_open_ended_subscription_is_kept(marts: duckdb.DuckDBPyConnection) -> None:
    assert intervals_of(marts, "open_ended") == [("2025-03-10", None)]
    assert events_of(marts, "open_ended") == []


def test_there_is_no_false_churn_in_the_current_month(marts: duckdb.DuckDBPyConnection) -> None:
    assert months_of(marts, "open_ended") == {"2025-03": ("new", 10)}
    last = row(
        marts,
        "select max(month) as month from marts.fct_customer_months where customer_id = 'open_ended'",
    )
    assert last["month"] == date(2026, 3, 1)


def test_churn_to_zero_is_churn_not_contraction(marts: duckdb.DuckDBPyConnection) -> None:
    assert months_of(marts, "to_zero") == {"2025-03": ("new", 10), "2025-06": ("churn", -10)}
    assert [event[0] for event in events_of(marts, "to_zero")] == ["2025-06-15"]


def test_a_return_is_a_reactivation_not_an_expansion(marts: duckdb.DuckDBPyConnection) -> None:
    assert months_of(marts, "returning") == {
        "2025-03": ("new", 10), "2025-06": ("churn", -10), "2025-08": ("reactivation", 30),
    }  # fmt: skip


def test_a_subscription_within_one_month_is_seen(marts: duckdb.DuckDBPyConnection) -> None:
    assert intervals_of(marts, "within_a_month") == [("2025-06-05", "2025-06-20")]
    assert len(events_of(marts, "within_a_month")) == 1
    assert months_of(marts, "within_a_month") == {}


def test_overlapping_subscriptions_are_summed(marts: duckdb.DuckDBPyConnection) -> None:
    assert months_of(marts, "overlapping") == {
        "2025-03": ("new", 10), "2025-05": ("expansion", 15), "2025-06": ("contraction", -15),
    }  # fmt: skip
    assert events_of(marts, "overlapping") == []


def test_a_failed_payment_is_involuntary_even_if_the_account_was_closed(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    assert [event[1] for event in events_of(marts, "unpaid_bill")] == ["involuntary"]
    assert [event[1:4] for event in events_of(marts, "closed_account")] == [
        ("involuntary", "payment_failure", "agent")
    ]


def test_unknown_reasons_stay_in_the_base(marts: duckdb.DuckDBPyConnection) -> None:
    assert [event[1:4] for event in events_of(marts, "silent")] == [("unknown", "unknown", "unknown")]
    found = row(
        marts,
        "select sum(churned_customers) as reasoned, max(base) as base from marts.kpi_churn_reasons "
        "where period_grain = 'all' and dimension = 'total'",
    )
    events = row(marts, "select count(*) as n from marts.fct_churn_events")
    assert found["reasoned"] == found["base"] == events["n"]


def test_a_planned_end_is_not_a_churn(marts: duckdb.DuckDBPyConnection) -> None:
    assert intervals_of(marts, "future_end") == [("2025-03-10", None)]
    assert events_of(marts, "future_end") == []


def test_a_renewal_after_as_of_does_not_undo_a_churn(marts: duckdb.DuckDBPyConnection) -> None:
    assert intervals_of(marts, "future_renewal") == [("2025-03-10", "2026-03-30")]
    assert months_of(marts, "future_renewal")["2026-03"] == ("churn", -10)


def test_the_first_of_a_month_belongs_to_the_stock_before_and_to_the_events_after(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    assert months_of(marts, "month_end")["2025-06"] == ("churn", -10)
    assert [event[0] for event in events_of(marts, "month_end")] == ["2025-07-01"]
    assert months_of(marts, "first_of_month") == {"2025-06": ("new", 10)}


def test_days_are_those_of_the_reporting_zone(marts: duckdb.DuckDBPyConnection) -> None:
    assert intervals_of(marts, "local_day") == [("2025-07-01", None)]
    assert intervals_of(marts, "one_day") == []
    started = row(marts, "select started_at from marts.fct_paying_intervals where customer_id = 'local_day'")
    assert str(started["started_at"]) == "2025-06-30 21:00:00"


def test_of_two_changes_on_a_day_the_later_holds(marts: duckdb.DuckDBPyConnection) -> None:
    assert months_of(marts, "two_changes") == {"2025-03": ("new", 10), "2025-06": ("expansion", 10)}


def test_a_pause_that_runs_out_is_a_churn_without_money(marts: duckdb.DuckDBPyConnection) -> None:
    assert events_of(marts, "long_pause") == [("2025-08-08", "pause_expired", "unknown", "unknown", 0.0, 151)]
    assert months_of(marts, "long_pause") == {"2025-03": ("new", 10), "2025-05": ("pause", -10)}


def test_a_pause_that_ends_within_the_grace_is_a_resume(marts: duckdb.DuckDBPyConnection) -> None:
    assert events_of(marts, "resumed_in_grace") == []
    assert months_of(marts, "resumed_in_grace") == {
        "2025-03": ("new", 10), "2025-05": ("pause", -10), "2025-08": ("resume", 12),
    }  # fmt: skip


@pytest.mark.parametrize("customer", ["test_customer", "trial", "foreign_money"])
def test_who_pays_nothing_we_can_count_is_no_customer(
    marts: duckdb.DuckDBPyConnection, customer: str
) -> None:
    assert intervals_of(marts, customer) == []
    assert months_of(marts, customer) == {}


def test_money_without_a_rate_is_rejected_with_its_reason(marts: duckdb.DuckDBPyConnection) -> None:
    found = row(marts, "select reason from quality.rejected_rows where table_name = 'subscriptions'")
    assert found["reason"] == "no exchange rate: currency"


def test_the_latest_exit_survey_beats_what_an_agent_coded(marts: duckdb.DuckDBPyConnection) -> None:
    assert [event[1:4] for event in events_of(marts, "surveyed")] == [
        ("voluntary", "slow_response", "exit_survey")
    ]
    evidence = marts.execute(
        "select source, reason, is_primary from marts.fct_churn_reason_evidence "
        "where customer_id = 'surveyed' order by 1, 2"
    ).fetchall()
    assert evidence == [
        ("agent", "too_expensive", False),
        ("exit_survey", "slow_response", True),
        ("exit_survey", "usability", False),
    ]


def test_an_exit_survey_a_month_after_the_churn_is_too_late(marts: duckdb.DuckDBPyConnection) -> None:
    assert [event[2:4] for event in events_of(marts, "surveyed_late")] == [("unknown", "unknown")]


def test_the_nearest_cancellation_speaks_of_a_churn(marts: duckdb.DuckDBPyConnection) -> None:
    assert [event[1:4] for event in events_of(marts, "nobody_known")] == [("unavoidable", "moved", "agent")]
