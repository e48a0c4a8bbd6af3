"""The churn vectors of METRICS §3 and the known defects of peers, from raw rows to the marts, in one build.

The cases live side by side: each has a segment of its own, and as_of is the cutoff of TV-MRR-2.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt_runner import Warehouse
from raw_folder import RawFolder
from scipy.stats import chi2, chi2_contingency
from statsmodels.stats.proportion import confint_proportions_2indep

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

    def buys(self, customer_id: str, day: date | str, status: str = "paid", **columns: Any) -> None:
        """Add one order."""
        self.raw.add(
            "crm", "orders", order_id=f"O{next(NUMBERS)}", customer_id=customer_id, ordered_at=day,
            status=status, **{"amount": 20, **columns},
        )  # fmt: skip

    def writes(self, customer_id: str, at: str, nps: int, text: str) -> None:
        """Add one answer to the relational survey: a score and a comment."""
        response = f"R{next(NUMBERS)}"
        self.raw.add(
            "surveys", "responses", response_id=response, survey_id="rel", customer_id=customer_id,
            responded_at=at, language="en",
        )  # fmt: skip
        for question, value in (("score", nps), ("words", text)):
            self.raw.add(
                "surveys", "answers", response_id=response, question_id=question, answer_no=1, value=value
            )

    def asks(self, customer_id: str, at: str, topic: str) -> None:
        """Add one ticket."""
        self.raw.add(
            "helpdesk", "tickets", ticket_id=f"T{next(NUMBERS)}", customer_id=customer_id, created_at=at,
            topic=topic, status="open",
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


def tv_km_3(company: Company) -> None:
    """The two samples of TV-KM-3 in days, told apart by their region, which nobody else here has."""
    for region, durations, events in (
        ("A", (2, 4, 5, 7, 9, 12), (1, 1, 1, 1, 0, 0)),
        ("B", (3, 6, 8, 10, 12, 12), (1, 0, 1, 0, 0, 0)),
    ):
        for days, is_event in zip(durations, events, strict=True):
            end = date(2026, 2, 20) if is_event else None
            company.pays(company.customer("km3", region=region), 10, (end or AS_OF) - timedelta(days), end)


CLV_START = date(2021, 1, 1)


def tv_clv(company: Company) -> None:
    """TV-CLV-1 to TV-CLV-3: 100 a month, a margin of 60 %, and 400 to win a customer."""
    # Relationships of three years of 365.25 days on average.
    lives: dict[str, list[int | None]] = {
        "clv1": [1095, 1096, 1096, 1096],
        "clv2": [200] * 5 + [None] * 15,
        "clv3": [300] * 20 + [500] * 10 + [900] * 5 + [1200] * 3 + [None] * 62,
    }
    for segment, durations in lives.items():
        for days in durations:
            customer = company.customer(
                segment, acquisition_channel=segment, acquisition_cost=400, acquired_at=CLV_START
            )
            company.pays(customer, 100, CLV_START, days and CLV_START + timedelta(days))
    # Won for 62, and never paid.
    company.customer("clv_visitor", acquisition_channel="fair", acquisition_cost=62, acquired_at=CLV_START)


def warnings(company: Company) -> None:
    """Six who leave on one day: two unhappy at last; happy again; asked too early; too late; both at once."""
    for answers in (
        [("2025-04-01", 9), ("2025-06-01", 3)],
        [("2025-04-01", 10), ("2025-06-14", 6)],
        [("2025-04-01", 3), ("2025-06-01", 9)],
        [("2024-06-14", 2)],
        [("2025-06-16", 2)],
        [("2025-06-01", 9)],
    ):
        customer = company.customer("warnings")
        company.pays(customer, 10, "2024-01-10", "2025-06-15")
        for day, score in answers:
            company.writes(customer, day, score, "")
    # The last of them gives a second score in the same response.
    company.raw.add(
        "surveys", "answers", response_id=f"R{next(NUMBERS) - 1}", question_id="score", answer_no=2, value=3
    )


def tv_inact_1(company: Company) -> None:
    """The gaps of TV-INACT-1 are those of one buyer; a second buys once; what is returned is no purchase."""
    buyer, day = company.customer("inact1", "steady_buyer"), date(2025, 1, 10)
    company.buys(buyer, day, margin=5)
    for gap in (12, 20, 25, 30, 31, 35, 40, 45, 60, 90):
        day += timedelta(gap)
        company.buys(buyer, day, margin=5)
    for status in ("returned", "cancelled"):
        company.buys(buyer, "2025-12-10", status)
    company.buys(company.customer("inact1", "one_time_buyer"), "2025-06-01T23:30:00+03:00")


def inferences(company: Company) -> None:
    """Customers who did not say why they left, but wrote or asked before."""

    def left(name: str, end: str = "2025-09-15", **cancellation: Any) -> str:
        customer = company.customer("inferences", name)
        company.pays(customer, 10, "2025-03-10", end)
        if cancellation:
            company.cancels(customer, end, initiator="customer", recorded_by="customer", **cancellation)
        return customer

    left("free_text", reason_text="Стало слишком дорого для нас.")
    left("free_text_negated", reason="We no longer need it")
    # Lithuanian "be" is "without", English "be" is not.
    left("free_text_in_english", reason_text="It turned out to be too expensive")
    left("free_text_unread", reason_text="Don't know")
    company.writes(left("detractor"), "2025-08-01T10:00:00Z", 2, "The delivery was late and damaged.")
    company.writes(left("promoter"), "2025-08-01T10:00:00Z", 10, "The delivery was great.")
    company.writes(left("too_long_ago"), "2025-06-16T10:00:00Z", 2, "The delivery was late.")
    company.writes("too_long_ago", "2025-09-15T10:00:00Z", 2, "The delivery was late.")
    company.writes(left("ninety_days"), "2025-06-17T10:00:00Z", 2, "The delivery was late.")
    last_asked = left("last_asked")
    company.writes(last_asked, "2025-08-01T10:00:00Z", 2, "The delivery was late.")
    company.asks(last_asked, "2025-09-01T10:00:00Z", "slow answers")
    company.asks(last_asked, "2025-09-02T10:00:00Z", "greetings")
    company.asks(left("said_why", reason="moved"), "2025-09-10T10:00:00Z", "slow answers")
    left("named_rival", reason="better_offer", competitor="North Wind")
    left("named_same_rival", reason="price", competitor="north wind ")
    left("unnamed_rival", reason="better_offer")
    company.answers_why(left("rival_in_survey"), "2025-09-16T10:00:00Z", "usability")
    company.raw.add(
        "surveys", "answers", response_id=f"R{next(NUMBERS) - 1}", question_id="who", answer_no=1,
        value="Contoso",
    )  # fmt: skip


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
    company.pays(
        one("zero_within_a_pause"), 10, "2025-03-10", None,
        ("2025-05-10", "pause", 0), ("2025-05-20", "price", 0), ("2025-07-05", "resume", 12),
    )  # fmt: skip
    company.pays(
        one("zero_on_the_day_of_a_pause"), 10, "2025-03-10", None,
        ("2025-05-10T09:00:00+03:00", "pause", 0), ("2025-05-10T10:00:00+03:00", "downgrade", 0),
        ("2025-07-05", "resume", 12),
    )  # fmt: skip
    company.pays(company.customer("peers", "test_customer", is_test="true"), 10, "2025-03-10")
    company.pays(one("trial"), 0, "2025-03-10", "2025-06-15")
    company.pays(one("foreign_money"), 10, "2025-03-10", currency="USD")

    company.pays(one("surveyed"), 10, "2025-03-10", "2025-06-15")
    company.cancels("surveyed", "2025-06-10", initiator="customer", recorded_by="agent", reason="price")
    company.answers_why("surveyed", "2025-06-01T10:00:00Z", "moved")
    company.answers_why("surveyed", "2025-06-20T10:00:00Z", "Slow response", "no idea", "usability")
    company.pays(one("surveyed_late"), 10, "2025-03-10", "2025-06-15")
    company.pays(company.customer("copies", "surveyed_twice"), 10, "2025-03-10", "2025-06-15")
    for minute in ("00", "05"):
        company.answers_why("surveyed_twice", f"2025-06-16T10:{minute}:00Z", "usability")
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
    company.raw.add("surveys", "surveys", survey_id="rel", programme="relational")
    for question, survey, metric in (
        ("why", "exit", "reason"), ("who", "exit", "competitor"), ("words", "rel", "comment"),
    ):  # fmt: skip
        company.raw.add("surveys", "questions", question_id=question, survey_id=survey, metric=metric)
    company.raw.add(
        "surveys", "questions", question_id="score", survey_id="rel", metric="nps", scale_min=0, scale_max=10
    )
    for case in (
        tv_mrr_1, tv_mrr_2, tv_coh_1, tv_km_1, tv_km_3, tv_churn_1, tv_reason, tv_winback, tv_clv, tv_inact_1,
        inferences, warnings, peers,
    ):  # fmt: skip
        case(company)
    zone = "Europe/Vilnius"
    path = build_warehouse(
        company.raw.write(tmp_path_factory.mktemp("raw")),
        {
            "as_of": AS_OF.isoformat(), "source_time_zone": zone, "reporting_time_zone": zone,
            "min_base_publish": 1, "max_rejected_share": 1, "gross_margin_rate": 0.6,
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


def test_an_immature_cell_is_absent_and_no_cliff(marts: duckdb.DuckDBPyConnection) -> None:
    cells = marts.execute(
        "select cohort_month, max(months_since) from marts.kpi_retention_cohorts "
        "where cohort_month in (date '2026-01-01', date '2025-05-01') group by 1"
    ).fetchall()
    # The youngest of January began on the 31st: its third month ends on 30 April.
    assert dict(cells)[date(2026, 1, 1)] == 2
    zeros = row(
        marts,
        "select count(*) as n from marts.kpi_retention_cohorts where retained = 0 and retention is not null "
        "and cohort_month = date '2026-01-01'",
    )
    assert zeros["n"] == 0


def test_a_customer_of_the_31st_has_a_whole_first_month(marts: duckdb.DuckDBPyConnection) -> None:
    kept = row(
        marts,
        "select retained from marts.kpi_retention_cohorts where cohort_month = date '2026-01-01' "
        "and months_since = 1",
    )
    # Both of 31 January are there on 28 February; by calendar month the one had a single day of January.
    assert kept["retained"] == 3


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
        ("exit_survey", "moved", False),
        ("exit_survey", "slow_response", True),
        ("exit_survey", "usability", False),
    ]


def test_a_copy_of_an_exit_survey_is_no_evidence(marts: duckdb.DuckDBPyConnection) -> None:
    evidence = marts.execute(
        "select reason, evidence_at from marts.fct_churn_reason_evidence where customer_id = 'surveyed_twice'"
    ).fetchall()
    assert evidence == [("usability", datetime(2025, 6, 16, 10))]


def test_churn_events_carry_the_exact_poisson_interval(marts: duckdb.DuckDBPyConnection) -> None:
    found = row(
        marts,
        "select value, ci_low, ci_high from marts.kpi_metric_values where metric = 'churn_events' "
        "and period_grain = 'month' and period_start = date '2025-02-01' "
        "and dimension = 'segment' and dimension_value = 'churn1'",
    )
    assert found["value"] == 15
    assert found["ci_low"] == pytest.approx(chi2.ppf(0.025, 30) / 2, rel=1e-6)
    assert found["ci_high"] == pytest.approx(chi2.ppf(0.975, 32) / 2, rel=1e-6)


def test_an_exit_survey_a_month_after_the_churn_is_too_late(marts: duckdb.DuckDBPyConnection) -> None:
    assert [event[2:4] for event in events_of(marts, "surveyed_late")] == [("unknown", "unknown")]


def test_the_nearest_cancellation_speaks_of_a_churn(marts: duckdb.DuckDBPyConnection) -> None:
    assert [event[1:4] for event in events_of(marts, "nobody_known")] == [("unavoidable", "moved", "agent")]


def test_tv_churn_1_average_base_is_for_comparison_only(marts: duckdb.DuckDBPyConnection) -> None:
    churn = month_of(marts, "churn1", "2025-02-01")
    assert churn["closing_customers"] == 215
    assert churn["churn_rate_avg_base"] == pytest.approx(0.05783132530120482)


def test_tv_mrr_2_tells_confirmed_from_provisional_and_paused(marts: duckdb.DuckDBPyConnection) -> None:
    churn = month_of(marts, "mrr2", "2026-03-01")
    confirmed = churn["churned_customers"] - churn["provisional_customers"]
    assert confirmed / churn["opening_customers"] == pytest.approx(0.125)
    assert churn["paused_customers"] == 1
    assert churn["mrr_churn_gross"] == pytest.approx((95 + 25 + 90) / 505)
    # A year earlier nothing of it is provisional.
    assert month_of(marts, "mrr1", "2025-02-01")["provisional_customers"] == 0


def test_a_pause_that_runs_out_is_reported_beside_logo_churn(marts: duckdb.DuckDBPyConnection) -> None:
    churn = month_of(marts, "peers", "2025-08-01")
    assert (churn["paused_lost"], churn["churn_events"], churn["churned_customers"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("metric", "value", "standard_error"),
    [
        ("nrr_12m", 0.8666666666666667, 0.19077489805630893),
        ("grr_12m", 0.8, 0.1588150566609546),
    ],
)
def test_twelve_months_compare_the_same_customers_not_twelve_monthly_rates(
    marts: duckdb.DuckDBPyConnection, metric: str, value: float, standard_error: float
) -> None:
    found = measure(marts, metric, "month", "mrr1", "2026-01-01")
    # TV-MRR-1: what the five of 1 February 2025 pay a year later; F and G were not there.
    assert (found["base"], found["denominator"]) == (5, 300)
    assert (found["value"], found["standard_error"]) == pytest.approx((value, standard_error))
    assert found["ci_high"] - found["value"] == pytest.approx(2.7764451051977987 * standard_error, rel=1e-6)


def test_the_quick_ratio_has_a_ratio_interval(marts: duckdb.DuckDBPyConnection) -> None:
    found = measure(marts, "quick_ratio", "month", "mrr1", "2025-02-01")
    # Seven customers, gains 60, 25, 20 and losses 40, 20: T7 with y gains and x losses.
    squares = 60**2 + 25**2 + 20**2 + 1.75**2 * (40**2 + 20**2)
    assert found["standard_error"] == pytest.approx((7 / 6 * squares) ** 0.5 / 60)
    assert found["ci_low"] < found["value"] < found["ci_high"]


def lifetime_of(marts: duckdb.DuckDBPyConnection, segment: str) -> dict[str, Any]:
    return row(
        marts,
        "select * from marts.kpi_lifetimes where period_grain = 'all' and dimension = 'segment' "
        f"and dimension_value = '{segment}'",
    )


def test_tv_km_2_delayed_entry(tmp_path: Path) -> None:
    """No raw rows can say it (docs/decisions/010), so its lives are what the curve is made of here."""
    lives = [
        # entered, left, churned
        (0, 2, 1), (0, 3, 1), (0, 3, 0), (0, 5, 1), (4, 6, 1), (4, 6, 0), (0, 8, 0), (0, 9, 1), (5, 10, 0),
        (0, 12, 0),
    ]  # fmt: skip
    warehouse = Warehouse(tmp_path, {})
    with duckdb.connect(str(warehouse.build_file)) as file:
        file.execute("create schema intermediate")
        file.execute("create table intermediate.int_build_clock as select date '2026-01-01' as first_date")
        file.execute(
            "create table intermediate.int_survival_lives "
            "(segment text, persona text, plan text, region text, acquisition_channel text, "
            "started_date date, followed int, left_early int, churned_voluntary int, "
            "churned_involuntary int, entry_day int, exit_day int, churned int)"
        )
        file.executemany(
            "insert into intermediate.int_survival_lives values "
            "('s', 's', 's', 's', 's', date '2026-01-01', 0, 0, 0, 0, ?, ?, ?)",
            lives,
        )
    warehouse.dbt("run", "--select", "int_life_days", "int_survival_curves")
    with duckdb.connect(str(warehouse.build_file), read_only=True) as file:
        curve = {
            days: (at_risk, survival)
            for days, at_risk, survival in file.execute(
                "select tenure_days, at_risk, survival from intermediate.int_survival_curves "
                "where period_grain = 'all' and dimension = 'total'"
            ).fetchall()
        }
    assert {days: at_risk for days, (at_risk, _) in curve.items()} == {2: 7, 3: 6, 5: 6, 6: 6, 9: 3}
    assert round(curve[6][1], 6) == 0.496032
    assert round(curve[9][1], 6) == 0.330688


def test_tv_km_1_median_and_restricted_mean(marts: duckdb.DuckDBPyConnection) -> None:
    found = lifetime_of(marts, "km1")
    assert (found["median_days"], found["horizon_days"]) == (9, 12)
    assert found["restricted_mean_days"] == pytest.approx(8.042857142857144)
    assert (found["base"], found["churned"]) == (10, 5)
    # The lower band is below a half from day 2 on (0.9 to the power of 7.1), the upper one never.
    assert (found["median_ci_low"], found["median_ci_high"]) == (2, None)


def test_tv_km_3_log_rank_between_two_values(marts: duckdb.DuckDBPyConnection) -> None:
    found = row(
        marts,
        "select * from marts.kpi_lifetimes where period_grain = 'all' and dimension = 'region' "
        "and dimension_value = 'A'",
    )
    assert found["log_rank_observed"] == 4
    assert (
        found["log_rank_expected"], found["log_rank_variance"], found["log_rank_chi_square"],
        found["log_rank_p_value"], found["log_rank_p_adjusted"],
    ) == pytest.approx(
        (2.660894660894661, 1.46196764595033, 1.226568258324746, 0.2680754696677523, 0.2680754696677523),
        rel=1e-6,
    )  # fmt: skip


def test_a_lifetime_is_neither_the_tenure_of_those_who_left_nor_one_by_the_churn_rate(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    left = row(marts, "select avg(tenure_days) as days from marts.fct_churn_events where segment = 'km1'")
    assert left["days"] == 5
    assert lifetime_of(marts, "km1")["restricted_mean_days"] > 8


def test_early_life_churn_follows_only_who_could_be_followed(marts: duckdb.DuckDBPyConnection) -> None:
    # Those of km1 began less than 90 days before as_of: five have left, and nothing is said of the ninetieth.
    young, old = lifetime_of(marts, "km1"), lifetime_of(marts, "clv2")
    assert (young["early_life_churn"], young["followed"], young["left_early"]) == (None, 0, 0)
    assert (old["early_life_churn"], old["followed"], old["left_early"]) == (0, 20, 0)
    assert lifetime_of(marts, "reason")["early_life_churn"] == 0


def test_the_hazards_of_the_months_of_tenure_make_survival(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.execute(
        "select tenure_month, at_risk, churned, hazard from marts.kpi_tenure_hazards "
        "where dimension = 'segment' and dimension_value = 'clv3' order by 1"
    ).fetchall()
    # 300 days are in the tenth month, 500 in the seventeenth, 900 in the thirtieth, 1200 in the fortieth.
    assert [values for values in found if values[2]] == [
        (9, 100, 20, pytest.approx(0.2)), (16, 80, 10, pytest.approx(0.125)),
        (29, 70, 5, pytest.approx(5 / 70)), (39, 65, 3, pytest.approx(3 / 65)),
    ]  # fmt: skip
    assert [values[0] for values in found] == list(range(63))


def value_of(marts: duckdb.DuckDBPyConnection, segment: str) -> dict[str, Any]:
    return row(
        marts,
        "select * from marts.kpi_customer_values where period_grain = 'month' and dimension = 'segment' "
        f"and dimension_value = '{segment}' and period_start = date '{CLV_START}'",
    )


def test_tv_clv_1_the_simple_value(marts: duckdb.DuckDBPyConnection) -> None:
    found = value_of(marts, "clv1")
    assert (found["annual_revenue"], found["relationship_years"]) == pytest.approx((1200, 3))
    assert found["clv_seed"] == pytest.approx(3200)


def test_tv_clv_2_constant_retention(marts: duckdb.DuckDBPyConnection) -> None:
    found = value_of(marts, "clv2")
    assert found["annual_retention"] == pytest.approx(0.75)
    assert found["clv_margin"] == pytest.approx(1529.430708284953)
    assert found["clv_margin_perpetual"] == pytest.approx(1862.8571428571427)


def test_tv_clv_3_survival_is_the_headline(marts: duckdb.DuckDBPyConnection) -> None:
    found = value_of(marts, "clv3")
    assert found["clv_survival"] == pytest.approx(1916.6778225531039)
    assert found["clv_margin"] == pytest.approx(1702.8563622703364)
    assert found["ltv_cac"] == pytest.approx(5.79169455638276)
    assert found["clv_survival_low"] < found["clv_survival"] < found["clv_survival_high"]
    assert not found["is_extrapolated"]
    published = row(
        marts,
        "select value, ci_low from marts.kpi_metric_values where metric = 'clv_survival' "
        "and period_grain = 'month' and dimension = 'segment' and dimension_value = 'clv3'",
    )
    assert published["value"] == pytest.approx(1916.6778225531039)
    assert published["ci_low"] == pytest.approx(found["clv_survival_low"])


def losses_of(marts: duckdb.DuckDBPyConnection, segment: str) -> dict[str, Any]:
    return row(
        marts,
        "select * from marts.kpi_churn_losses "
        f"where period_grain = 'all' and dimension = 'segment' and dimension_value = '{segment}'",
    )


def test_what_left_is_worth_what_customers_like_them_are(marts: duckdb.DuckDBPyConnection) -> None:
    losses = losses_of(marts, "clv3")
    assert (losses["churned_customers"], losses["valued_customers"], losses["unvalued_customers"]) == (
        38,
        38,
        0,
    )
    assert losses["value_lost"] == pytest.approx(38 * (1916.677823 + 400), abs=0.01)
    company = row(
        marts, "select * from marts.kpi_churn_losses where period_grain = 'all' and dimension = 'total'"
    )
    parts = row(
        marts,
        "select sum(churned_customers) as customers, sum(value_lost) as value from marts.kpi_churn_losses "
        "where period_grain = 'all' and dimension = 'segment' and valued_customers >= 3",
    )
    assert company["churned_customers"] > parts["customers"]
    assert company["value_lost"] > parts["value"] > losses["value_lost"]


def test_of_those_who_left_the_last_answer_of_a_year_says_who_was_unhappy(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    losses = losses_of(marts, "warnings")
    assert (losses["churned_customers"], losses["asked_customers"], losses["prior_detractors"]) == (6, 4, 3)


def test_the_value_to_date_is_margin_and_not_revenue(marts: duckdb.DuckDBPyConnection) -> None:
    found = row(
        marts,
        "select * from marts.fct_customer_values where segment = 'clv2' "
        "order by subscription_revenue limit 1",
    )
    revenue = 100 * 12 / 365.25 * 200
    assert float(found["subscription_revenue"]) == pytest.approx(revenue, abs=1e-4)
    assert float(found["clv_historic"]) == pytest.approx(0.6 * revenue - 400, abs=1e-4)
    unknown = row(
        marts, "select * from marts.fct_customer_values where customer_id = 'one_time_buyer'"
    )  # an order without a margin
    assert (unknown["margin"], unknown["is_margin_known"]) == (None, False)


def test_winning_a_customer_costs_what_was_spent_by_those_who_came(marts: duckdb.DuckDBPyConnection) -> None:
    found = row(
        marts,
        "select * from marts.kpi_acquisition_costs where period_grain = 'month' "
        f"and period_start = date '{CLV_START}' and dimension = 'total'",
    )
    # What was spent on who never paid is a cost of those who did: (124 x 400 + 62) / 124.
    assert (found["new_customers"], float(found["cac"])) == (124, 400.5)
    later = row(
        marts,
        "select * from marts.kpi_acquisition_costs where period_grain = 'month' "
        "and period_start = date '2024-11-01' and dimension = 'total'",
    )
    assert (later["cac"], later["publish_status"]) == (None, "not_estimable")


def test_tv_inact_1_the_threshold_is_the_ninetieth_percentile_of_gaps(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    found = row(
        marts,
        "select distinct threshold_days, gaps, gap_p90_ci_low, gap_p90_ci_high from marts.kpi_inactivity "
        "where scenario = 'usual'",
    )
    assert found["threshold_days"] == pytest.approx(63)
    # Ranks 7 and 12 of ten gaps: the upper end is open.
    assert (found["gaps"], found["gap_p90_ci_low"], found["gap_p90_ci_high"]) == (10, 40, None)


def test_who_stops_buying_is_gone_on_the_last_purchase_plus_the_threshold(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    lapses = marts.execute(
        "select customer_id, cast(last_purchase_date as varchar), cast(churn_date as varchar), "
        "cast(returned_date as varchar) from marts.fct_order_lapses order by 1"
    ).fetchall()
    assert lapses == [
        ("one_time_buyer", "2025-06-01", "2025-08-03", None),
        ("steady_buyer", "2025-11-04", "2026-01-06", "2026-02-02"),
    ]
    rates = dict(
        marts.execute(
            "select scenario, list_value(active_customers, inactive_customers, lapses) "
            "from marts.kpi_inactivity where period_grain = 'month' and period_start = date '2026-01-01' "
            "and dimension = 'total'"
        ).fetchall()
    )
    # A quarter less (47 days) has lost the buyer before the month, a quarter more (79) later in it.
    assert rates == {"usual": [1, 1, 1], "longer": [1, 1, 1]}


REASON_OF = {
    "free_text": ("too_expensive", "inferred"),
    "free_text_negated": ("no_need", "inferred"),
    "free_text_in_english": ("too_expensive", "inferred"),
    "free_text_unread": ("unknown", "unknown"),
    "detractor": ("delivery_process", "inferred"),
    "promoter": ("unknown", "unknown"),
    "too_long_ago": ("unknown", "unknown"),
    "ninety_days": ("delivery_process", "inferred"),
    "last_asked": ("slow_response", "inferred"),
    "said_why": ("moved", "customer_form"),
}


@pytest.mark.parametrize("customer", REASON_OF)
def test_a_reason_nobody_gave_is_inferred_from_the_last_complaint_or_stays_unknown(
    marts: duckdb.DuckDBPyConnection, customer: str
) -> None:
    assert [event[2:4] for event in events_of(marts, customer)] == [REASON_OF[customer]]
    inferred = row(marts, f"select is_inferred from marts.fct_churn_events where customer_id = '{customer}'")
    assert inferred["is_inferred"] == (REASON_OF[customer][1] == "inferred")


def test_the_last_ticket_is_not_the_reason_of_who_said_why(marts: duckdb.DuckDBPyConnection) -> None:
    sources = marts.execute(
        "select source, reason from marts.fct_churn_reason_evidence where customer_id = 'said_why'"
    ).fetchall()
    assert sources == [("customer_form", "moved")]


def test_competitors_are_shares_of_what_speaks_of_a_competitor(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.execute(
        "select competitor, churned_customers, base, share from marts.kpi_churn_competitors "
        "where period_grain = 'month' and period_start = date '2025-09-01' and dimension = 'segment' "
        "and dimension_value = 'inferences' order by 1"
    ).fetchall()
    assert found == [("contoso", 1, 4, 0.25), ("north_wind", 2, 4, 0.5), ("unknown", 1, 4, 0.25)]


def test_contributing_reasons_are_mentions_and_no_second_churn(marts: duckdb.DuckDBPyConnection) -> None:
    mentions = {
        reason: (count, primary)
        for reason, count, primary in marts.execute(
            "select reason, mentions, primary_mentions from marts.kpi_churn_reason_mentions "
            "where period_grain = 'month' and period_start = date '2025-06-01' and dimension = 'segment' "
            "and dimension_value = 'peers'"
        ).fetchall()
    }
    # The surveyed customer said slow response, then usability; the agent had put down the price.
    assert mentions["slow_response"] == (1, 1)
    assert mentions["usability"] == mentions["too_expensive"] == (1, 0)


def test_a_change_of_reasons_is_tested_as_a_whole_and_one_by_one(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.execute(
        "select reason, churned_customers, previous_share, change, change_ci_low, change_ci_high, p_value, "
        "p_adjusted, chi_square, chi_square_degrees, chi_square_p_value from marts.kpi_churn_reasons "
        "where period_grain = 'quarter' and period_start = date '2025-04-01' and dimension = 'total' "
    ).fetchall()
    now = {values[0]: values[1] for values in found}
    before = dict(
        marts.execute(
            "select reason, churned_customers from marts.kpi_churn_reasons where period_grain = 'quarter' "
            "and period_start = date '2025-01-01' and dimension = 'total'"
        ).fetchall()
    )
    names = sorted(now | before)
    table = [[counts.get(name, 0) for name in names] for counts in (now, before)]
    whole = chi2_contingency(table, correction=False)
    p_values = []
    for values in found:
        x1, n1, x2, n2 = now[values[0]], sum(table[0]), before.get(values[0], 0), sum(table[1])
        assert values[2:4] == pytest.approx((x2 / n2, x1 / n1 - x2 / n2))
        low, high = confint_proportions_2indep(x1, n1, x2, n2, method="newcomb")
        assert values[4:6] == pytest.approx((low, high))
        if values[6] is not None:
            p_values.append((values[6], values[7]))
        assert values[8:11] == pytest.approx((whole.statistic, whole.dof, whole.pvalue), abs=1e-6)
    assert len(p_values) > 3
    assert all(adjusted >= raw for raw, adjusted in p_values)


def test_a_zero_price_within_a_pause_does_not_end_it(marts: duckdb.DuckDBPyConnection) -> None:
    for customer in ("zero_within_a_pause", "zero_on_the_day_of_a_pause"):
        assert events_of(marts, customer) == []
        assert months_of(marts, customer) == {
            "2025-03": ("new", 10), "2025-05": ("pause", -10), "2025-07": ("resume", 12),
        }  # fmt: skip
