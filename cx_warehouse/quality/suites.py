"""What Great Expectations expects: staging by the raw contract, marts by the mart contract (METRICS §0).

An empty table breaks nothing here (CLARIFICATIONS C9); a table that does not exist does.
"""

from __future__ import annotations

from collections.abc import Iterable

import great_expectations.expectations as gxe
from great_expectations.expectations.metadata_types import FailureSeverity

from cx_warehouse.contract import RawTable
from cx_warehouse.quality.engine import Check, TableSuite

CRITICAL, WARNING = FailureSeverity.CRITICAL, FailureSeverity.WARNING
TOLERANCE = "0.000001"
PERIOD_GRAINS = ("month", "quarter", "year", "all")
PUBLISH_STATUSES = ("ok", "low_base", "suppressed", "immature", "not_estimable")
DIMENSIONS = (
    *("total", "segment", "persona", "country", "region", "language", "plan", "product"),
    *("acquisition_channel", "tenure_band", "channel", "touchpoint", "stage", "survey"),
    *("team", "office", "priority", "topic"),
)
# `unknown` is a response whose survey was not delivered: a gap in the data, not in the warehouse.
PROGRAMMES = ("relational", "transactional", "exit", "study", "unknown")
UNITS = ("ratio", "points", "score_0_100", "scale", "minutes", "money", "count")


def staging_suites(delivered: Iterable[RawTable]) -> list[TableSuite]:
    """Accepted rows keep what the contract promises of them."""
    return [TableSuite("staging", "staging", table.model, staging_checks(table)) for table in delivered]


def staging_checks(table: RawTable) -> tuple[Check, ...]:
    """Rows are there, keys are whole and single, values lie in their domains, nothing predates 2000."""
    checks = [
        Check(
            "has_rows",
            "at least one accepted row",
            gxe.ExpectTableRowCountToBeBetween(min_value=1, severity=WARNING),
        )
    ]
    for column in table.columns:
        if column.is_required:
            checks.append(not_null(column.name))
        if column.domain:
            checks.append(in_set(column.name, column.domain))
        if column.has_happened:
            checks.append(
                no_rows(
                    f"after_2000:{column.name}",
                    f"{column.name} on or after 2000-01-01",
                    f"{column.name} < timestamp '2000-01-01 00:00:00'",
                )
            )
    checks.append(unique_key(table.key))
    return tuple(checks)


def mart_suites() -> list[TableSuite]:
    """The marts that leadership's numbers come from."""
    return [
        TableSuite("marts", "marts", table, tuple(checks))
        for table, checks in (
            ("fct_survey_answers", survey_answer_checks()),
            ("fct_tickets", ticket_checks()),
            ("fct_customer_states", customer_state_checks()),
            ("fct_customer_months", customer_month_checks()),
            ("fct_churn_events", churn_event_checks()),
            ("fct_web_sessions", web_session_checks()),
            ("kpi_metric_values", metric_value_checks()),
            ("kpi_nps", nps_checks()),
            ("kpi_csi_importance", importance_checks()),
            ("kpi_churn", churn_checks()),
            ("kpi_churn_reasons", churn_reason_checks()),
            ("kpi_response_times", response_time_checks()),
        )
    ]


def survey_answer_checks() -> list[Check]:
    """`fct_survey_answers`."""
    return [
        *(not_null(name) for name in ("response_id", "question_id", "metric", "respondent_id")),
        not_null("score"),
        unique_key(("response_id", "question_id", "answer_no")),
        in_set("programme", PROGRAMMES),
        in_set("nps_class", ("promoter", "passive", "detractor")),
        between("pomp", 0, 100),
        no_rows(
            "nps_scale",
            "NPS scores are whole numbers from 0 to 10",
            "metric = 'nps' and (score < 0 or score > 10 or score <> floor(score))",
        ),
        no_rows(
            "known_response",
            "every response is an accepted raw response",
            "response_id not in (select response_id from staging.stg_surveys__responses)",
        ),
        not_after_the_build("responded_at"),
        no_rows(
            "complete:kpi_nps",
            "NPS votes reach kpi_nps",
            "metric = 'nps' and is_vote and not exists (select 1 from marts.kpi_nps)",
        ),
        fresh("responded_at"),
    ]


def ticket_checks() -> list[Check]:
    """`fct_tickets`."""
    durations = (
        *("first_reply_minutes", "first_reply_business_minutes", "first_any_reply_minutes"),
        *("first_resolution_minutes", "full_resolution_minutes", "active_resolution_minutes"),
        *("requester_wait_minutes", "agent_wait_minutes", "on_hold_minutes", "agent_work_minutes"),
    )
    return [
        not_null("ticket_id"),
        not_null("created_at"),
        unique_key(("ticket_id",)),
        in_set("reply_outcome", ("answered", "waiting", "closed_without_reply")),
        *(between(name, 0, None) for name in durations),
        between("reopens", 0, None),
        no_rows(
            "business_within_calendar",
            "business time never exceeds calendar time",
            f"first_reply_business_minutes > first_reply_minutes + {TOLERANCE}",
        ),
        no_rows(
            "solved_in_order",
            "the first solve is not after the last",
            "first_solved_at > last_solved_at",
        ),
        no_rows(
            "known_ticket",
            "every ticket is an accepted raw ticket",
            "ticket_id not in (select ticket_id from staging.stg_helpdesk__tickets)",
        ),
        not_after_the_build("created_at"),
        no_rows(
            "complete:kpi_response_times",
            "tickets reach kpi_response_times",
            "not exists (select 1 from marts.kpi_response_times)",
            severity=WARNING,
        ),
        fresh("created_at"),
    ]


def customer_state_checks() -> list[Check]:
    """`fct_customer_states`."""
    return [
        *(not_null(name) for name in ("customer_id", "spell_number", "segment", "mrr", "started_date")),
        unique_key(("customer_id", "started_date")),
        between("mrr", 0, None),
        between("spell_number", 1, None),
        no_rows("ends_after_start", "a state ends after it began", "ended_date <= started_date"),
        no_rows("paused_pays_nothing", "a pause is what pays nothing", "is_paused <> (mrr = 0)"),
        no_rows(
            "complete:fct_paying_intervals",
            "every state is a part of a paying interval",
            "(customer_id, spell_number) not in "
            "(select customer_id, spell_number from marts.fct_paying_intervals)",
        ),
        not_after_the_build("started_at"),
    ]


def customer_month_checks() -> list[Check]:
    """`fct_customer_months`."""
    movements = (
        *("new", "reactivation", "resume", "expansion"),
        *("contraction", "churn", "pause", "retained"),
    )
    return [
        not_null("customer_id"),
        not_null("month"),
        unique_key(("customer_id", "month")),
        not_null("movement"),
        in_set("movement", movements),
        between("opening_mrr", 0, None),
        between("closing_mrr", 0, None),
        no_rows(
            "movement_adds_up",
            "movement_mrr is closing less opening",
            f"abs(movement_mrr - (closing_mrr - opening_mrr)) > {TOLERANCE}",
        ),
        no_rows("month_start", "month is a first of the month", "extract(day from month) <> 1"),
        no_rows(
            "complete:kpi_churn",
            "customers who pay reach kpi_churn",
            "opening_mrr > 0 and not exists (select 1 from marts.kpi_churn)",
        ),
    ]


def churn_event_checks() -> list[Check]:
    """`fct_churn_events`."""
    return [
        not_null("customer_id"),
        not_null("churned_at"),
        unique_key(("customer_id", "churned_at")),
        in_set("churn_type", ("voluntary", "involuntary", "unavoidable", "pause_expired", "unknown")),
        in_set("reason_source", ("exit_survey", "customer_form", "agent", "inferred", "unknown")),
        between("mrr_lost", 0, None),
        between("tenure_days", 0, None),
        not_after_the_build("churned_at"),
    ]


def web_session_checks() -> list[Check]:
    """`fct_web_sessions`."""
    return [
        *(not_null(name) for name in ("session_id", "started_at", "source", "page_group")),
        unique_key(("session_id",)),
        between("duration_seconds", 0, 86400),
        between("page_views", 0, None),
        no_rows(
            "known_session",
            "every session is an accepted raw session",
            "session_id not in (select session_id from staging.stg_web__sessions)",
        ),
        no_rows(
            "engaged_by_its_parts",
            "a session with a key event or two page views is engaged",
            "(key_events >= 1 or page_views >= 2) and not is_engaged",
        ),
        not_after_the_build("started_at"),
    ]


def metric_value_checks() -> list[Check]:
    """`kpi_metric_values`."""
    return [
        not_null("metric"),
        not_null("programme"),
        in_set("programme", (*PROGRAMMES, "none")),
        *kpi_checks(("metric", "programme")),
        not_null("unit"),
        in_set("unit", UNITS, severity=WARNING),
        between("p_value", 0, 1),
        between("p_adjusted", 0, 1),
        in_set("signal", ("up", "down", "none")),
        between("standard_error", 0, None),
        *interval_checks("value"),
        suppressed_is_null("value"),
        no_rows(
            "share_range",
            "shares lie between 0 and 1",
            "metric in ('csat_t2b', 'ces_5', 'ces2_pct', 'logo_churn_rate') and (value < 0 or value > 1)",
        ),
        no_rows(
            "nps_range",
            "NPS lies between -100 and 100",
            "metric like 'nps%' and unit = 'points' and (value < -100 or value > 100)",
        ),
        no_rows(
            "index_range",
            "scores from 0 to 100 lie there",
            "unit = 'score_0_100' and (value < 0 or value > 100)",
        ),
        no_rows("minutes_range", "waits are not negative", "unit = 'minutes' and value < 0"),
        no_rows(
            "change_adds_up",
            "change is value less previous value",
            f"abs(change - (value - previous_value)) > {TOLERANCE}",
        ),
        no_rows(
            "change_interval",
            "the change lies in its interval",
            f"change_ci_low > change_ci_high + {TOLERANCE}",
        ),
    ]


def nps_checks() -> list[Check]:
    """`kpi_nps`."""
    return [
        not_null("programme"),
        in_set("programme", PROGRAMMES),
        *kpi_checks(("programme",)),
        between("nps", -100, 100),
        between("standard_error", 0, None),
        *(between(name, 0, None) for name in ("promoters", "passives", "detractors")),
        *interval_checks("nps"),
        suppressed_is_null("nps"),
        no_rows(
            "classes_add_up",
            "promoters, passives and detractors add up to the base",
            "promoters + passives + detractors <> base",
        ),
        no_rows(
            "nps_of_classes",
            "NPS is the promoters' share less the detractors', times 100",
            f"abs(nps - 100 * cast(promoters - detractors as double precision) / base) > {TOLERANCE}",
        ),
    ]


def importance_checks() -> list[Check]:
    """`kpi_csi_importance`, with what `cx build` has added to it."""
    return [
        *(not_null(name) for name in ("programme", "attribute")),
        unique_key(("programme", "attribute", "period_grain", "period_start")),
        between("imp_johnson", 0, 1),
        no_rows(
            "weights_filled_in",
            "relative weights are there wherever an attribute and the overall answer go together",
            "correlation <> 0 and imp_johnson is null",
        ),
        no_rows(
            "weights_add_up",
            "relative weights are shares of one whole",
            "(programme, period_grain, period_start) in (select programme, period_grain, period_start "
            "from marts.kpi_csi_importance group by programme, period_grain, period_start "
            "having abs(sum(imp_johnson) - 1) > 0.000001)",
        ),
    ]


def churn_checks() -> list[Check]:
    """`kpi_churn`."""
    return [
        *kpi_checks(()),
        between("logo_churn_rate", 0, 1),
        between("grr", 0, 1),
        between("nrr", 0, None),
        *interval_checks("logo_churn_rate"),
        suppressed_is_null("logo_churn_rate"),
        no_rows(
            "churned_within_opening",
            "no more customers leave than were there",
            "churned_customers > opening_customers or churned_mrr > opening_mrr + 0.0001",
        ),
        no_rows("grr_within_nrr", "gross retention never exceeds net", "grr > nrr + 0.000001"),
    ]


def churn_reason_checks() -> list[Check]:
    """`kpi_churn_reasons`."""
    return [
        not_null("reason"),
        *kpi_checks(("reason",)),
        between("share", 0, 1),
        between("mrr_share", 0, 1),
        no_rows(
            "cumulative_share",
            "the cumulative share reaches 1 at most",
            f"cumulative_share < 0 or cumulative_share > 1 + {TOLERANCE}",
        ),
        *interval_checks("share"),
        between("churned_customers", 0, None),
        between("rank", 1, None),
    ]


def response_time_checks() -> list[Check]:
    """`kpi_response_times`."""
    waits = ("first_reply", "any_reply", "next_reply", "first_resolution", "full_resolution")
    minutes = ("median_minutes", "p75_minutes", "p90_minutes", "mean_answered_minutes")
    return [
        not_null("wait"),
        in_set("wait", waits),
        not_null("clock"),
        in_set("clock", ("calendar", "business")),
        *kpi_checks(("wait", "clock")),
        *(between(name, 0, None) for name in minutes),
        between("answered_share", 0, 1),
        no_rows("answered_within_tickets", "no more are answered than waited", "answered > tickets"),
        no_rows(
            "quantiles_in_order",
            "median, third quartile and ninth decile in order",
            f"median_minutes > p75_minutes + {TOLERANCE} or p75_minutes > p90_minutes + {TOLERANCE}",
        ),
        no_rows(
            "median_interval",
            "the median lies in its interval",
            f"median_ci_low > median_minutes + {TOLERANCE} or median_minutes > median_ci_high + {TOLERANCE}",
        ),
    ]


def kpi_checks(more_grain: tuple[str, ...]) -> list[Check]:
    """What every `kpi_` mart by period and breakdown carries."""
    grain = (*more_grain, "period_grain", "period_start", "dimension", "dimension_value")
    return [
        *(
            not_null(name)
            for name in (
                *("period_grain", "period_start", "dimension", "dimension_value"),
                *("base", "publish_status"),
            )
        ),
        unique_key(grain),
        in_set("period_grain", PERIOD_GRAINS),
        in_set("publish_status", PUBLISH_STATUSES),
        in_set("dimension", DIMENSIONS, severity=WARNING),
        between("base", 0, None),
        no_rows(
            "total_is_total",
            "the breakdown total has the one value total",
            "(dimension = 'total') <> (dimension_value = 'total') and dimension = 'total'",
        ),
    ]


def interval_checks(value: str) -> list[Check]:
    """The 95 % interval holds its estimate."""
    return [
        no_rows(
            f"interval:{value}",
            f"ci_low <= {value} <= ci_high",
            f"ci_low > {value} + {TOLERANCE} or {value} > ci_high + {TOLERANCE} "
            f"or ci_low > ci_high + {TOLERANCE}",
        )
    ]


def suppressed_is_null(value: str) -> Check:
    """Nothing of a suppressed cell is shown but its base (CLARIFICATIONS D6)."""
    return no_rows(
        f"suppressed:{value}",
        "a suppressed row shows no value and no interval",
        f"publish_status = 'suppressed' and ({value} is not null or ci_low is not null "
        "or ci_high is not null)",
    )


def not_null(column: str) -> Check:
    """A value in every row."""
    return Check(
        f"not_null:{column}",
        f"{column} in every row",
        gxe.ExpectColumnValuesToNotBeNull(column=column, severity=CRITICAL),
    )


def in_set(column: str, values: Iterable[str], severity: FailureSeverity = CRITICAL) -> Check:
    """Null or one of a few values."""
    allowed = list(values)
    return Check(
        f"in_set:{column}",
        f"{column} one of {', '.join(allowed)}",
        gxe.ExpectColumnValuesToBeInSet(column=column, value_set=allowed, severity=severity),
    )


def between(column: str, low: float | None, high: float | None) -> Check:
    """Null or a number in a closed range."""
    limits = [("at least", low), ("at most", high)]
    words = " and ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)
    return Check(
        f"between:{column}",
        f"{column} {words}",
        gxe.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high, severity=CRITICAL),
    )


def no_rows(name: str, expected: str, condition: str, severity: FailureSeverity = CRITICAL) -> Check:
    """No row for which an SQL condition holds; also the way to regular expressions, which GX lacks here."""
    return Check(
        name,
        expected,
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query=f"select * from {{batch}} where {condition}",  # noqa: S608 - names of ours
            description=expected,
            severity=severity,
        ),
    )


def unique_key(columns: Iterable[str]) -> Check:
    """One row for each key."""
    names = ", ".join(f'"{name}"' for name in columns)
    return Check(
        "unique_key",
        f"one row for each {names.replace(chr(34), '')}",
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query=f"select {names} from {{batch}} group by {names} "  # noqa: S608 - names of ours
            "having count(*) > 1",
            description="unique key",
            severity=CRITICAL,
        ),
    )


def not_after_the_build(column: str) -> Check:
    """Nothing happened more than the tolerated day after the build's own instant (METRICS §13 rule 8)."""
    return no_rows(
        f"not_after_the_build:{column}",
        f"{column} at most a day after as_of",
        f"{column} > (select as_of from intermediate.int_build_clock) + interval '1 day'",  # noqa: S608 - names of ours
    )


def fresh(column: str) -> Check:
    """The newest row is from the last month before the build's instant, if there are rows at all."""
    newest = f"(select max({column}) from {{batch}})"  # noqa: S608 - names of ours
    month_before = "(select as_of from intermediate.int_build_clock) - interval '31 days'"
    return no_rows(
        f"fresh:{column}",
        f"the newest {column} within 31 days before as_of",
        f"{column} = {newest} and {newest} < {month_before}",
        severity=WARNING,
    )
