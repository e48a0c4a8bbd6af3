"""Every raw row is accepted, superseded or rejected, from any kind of file (docs/decisions/002)."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from dbt_runner import Warehouse
from raw_folder import RawFolder

VARIABLES = {"as_of": "2026-06-01T00:00:00Z"}
TIME = "2026-05-0{}T10:00:00Z"


def raw_rows() -> RawFolder:
    """Tickets and events of which each has something wrong with it, beside some that are right."""
    raw = RawFolder()
    for key, updated, status, merged in [
        ("a", 1, "open", None),
        ("a", 3, "solved", None),  # the newest of three, neither first nor last
        ("a", 2, "pending", None),
        ("b", 1, "open", None),
        ("b", 2, "unheard of", None),  # newer, but outside its domain: the older one stands
        ("c", 1, " Open ", None),
        ("d", 1, "open", "e"),  # in a circle
        ("e", 1, "open", "d"),
        ("f", 1, "lost", None),  # rejected, and so are its children
        (None, 1, "open", None),
        ("h", 1, "open", None),
    ]:
        raw.add(
            "helpdesk", "tickets",
            ticket_id=key, created_at=TIME.format(1), status=status, merged_into_ticket_id=merged,
            updated_at=TIME.format(updated),
        )  # fmt: skip
    for key, ticket, value in [
        ("1", "a", "Solved"),
        ("2", "a", "pending"),
        ("2", "a", "pending"),  # the same row again
        ("3", "f", "open"),
        ("4", "nobody", "open"),
        ("5", "c", "unheard of"),
        ("6", "c", " open"),
    ]:
        raw.add(
            "helpdesk", "ticket_events",
            event_id=key, ticket_id=ticket, occurred_at=TIME.format(2), field="Status", new_value=value,
        )  # fmt: skip
    return raw


def as_parquet(folder: Path) -> None:
    """Every file of the folder as Parquet, its instants typed."""
    for file in list(folder.glob("*/*.csv")):
        text = f"read_csv('{file}', header = true, all_varchar = true)"
        instants = [name for name in duckdb.sql(f"from {text}").columns if name.endswith("_at")]
        typed = ", ".join(f"cast({name} as timestamptz) as {name}" for name in instants)
        duckdb.sql(f"select * replace ({typed}) from {text}").write_parquet(str(file.with_suffix(".parquet")))
        file.unlink()


@pytest.fixture(scope="module", params=["csv", "parquet"])
def build(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> duckdb.DuckDBPyConnection:
    folder = tmp_path_factory.mktemp(f"judged_{request.param}")
    raw = raw_rows().write(folder / "raw")
    if request.param == "parquet":
        as_parquet(raw)
    warehouse = Warehouse(folder, {})
    warehouse.dbt("seed", "--select", "skipped_answers")
    warehouse.dbt(
        "run", "--select", "+rejected_rows", "+row_reconciliation",
        variables={"raw": "files", "raw_path": str(raw), **VARIABLES},
    )  # fmt: skip
    return duckdb.connect(str(warehouse.build_file), read_only=True)


def test_the_newest_acceptable_row_of_a_key_is_accepted(build: duckdb.DuckDBPyConnection) -> None:
    assert build.sql(
        "select ticket_id, status, cast(updated_at as text) from staging.stg_helpdesk__tickets order by 1"
    ).fetchall() == [
        ("a", "solved", "2026-05-03 10:00:00"),
        ("b", "open", "2026-05-01 10:00:00"),
        ("c", "open", "2026-05-01 10:00:00"),
        ("h", "open", "2026-05-01 10:00:00"),
    ]


def test_columns_of_the_view_are_the_typed_ones(build: duckdb.DuckDBPyConnection) -> None:
    assert build.sql(
        "select event_id, ticket_id, field, old_value, new_value"
        " from staging.stg_helpdesk__ticket_events order by 1"
    ).fetchall() == [
        ("1", "a", "status", None, "solved"),
        ("2", "a", "status", None, "pending"),
        ("6", "c", "status", None, "open"),
    ]


def test_what_is_refused_is_kept_with_the_first_reason(build: duckdb.DuckDBPyConnection) -> None:
    assert build.sql(
        "select table_name, row_key, reason from quality.rejected_rows order by all"
    ).fetchall() == [
        ("ticket_events", "3", "no parent: ticket_id"),
        ("ticket_events", "4", "no parent: ticket_id"),
        ("ticket_events", "5", "outside its domain: new_value"),
        ("tickets", "", "missing: ticket_id"),
        ("tickets", "b", "outside its domain: status"),
        ("tickets", "d", "merged in a circle: merged_into_ticket_id"),
        ("tickets", "e", "merged in a circle: merged_into_ticket_id"),
        ("tickets", "f", "outside its domain: status"),
    ]
    raw_row = "select raw_row ->> '$.status' from quality.rejected_rows where row_key = 'b'"
    assert build.sql(raw_row).fetchall() == [("unheard of",)]


def test_every_row_delivered_is_accounted_for(build: duckdb.DuckDBPyConnection) -> None:
    assert build.sql(
        "select table_name, raw_rows, accepted_rows, rejected_rows, superseded_rows"
        " from quality.row_reconciliation where is_delivered order by all"
    ).fetchall() == [("ticket_events", 7, 3, 3, 1), ("tickets", 11, 4, 5, 2)]


def test_parquet_is_not_written_a_second_time(
    build: duckdb.DuckDBPyConnection, request: pytest.FixtureRequest
) -> None:
    undisputed = "select count(*) from staging.stg_helpdesk__tickets__judged where ticket_id in ('c', 'h')"
    is_parquet = request.node.callspec.params["build"] == "parquet"
    assert build.sql(undisputed).fetchall() == [(0 if is_parquet else 2,)]


@pytest.fixture(scope="module", params=["file_row_number", "raw_position"])
def odd_build(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> duckdb.DuckDBPyConnection:
    """Parquet of unheard-of types, with columns named like staging's own, and header rows in it."""
    own_column = request.param
    folder = tmp_path_factory.mktemp("odd")
    (folder / "raw" / "crm").mkdir(parents=True)
    with duckdb.connect() as writer:
        writer.execute("set timezone = 'Asia/Tokyo'")
        writer.execute("create type size as enum ('large', 'small')")
        writer.execute(
            f"""
            copy (
                select
                    id as customer_id,
                    cast(case when id < 'c3' then 'large' end as size) as segment,
                    cast('2026-01-05 10:00:00.123456789' as timestamp_ns) as updated_at,
                    cast('2025-01-01 09:00:00+09' as timestamptz) as acquired_at,
                    cast(12.3456789 as decimal(38, 10)) as acquisition_cost,
                    [{{'country': 'LT'}}] as country,
                    map([1], [2]) as "nested {{{{ 7 * 7 }}}}",
                    uuid() as "qu""oted",
                    2 as raw__1,
                    'x' as cx__fault,
                    interval '1 day' as "line'end"
                from (
                    values ('c1'), ('c2'), ('c3'), ('customer_id'), ('{{"ImportId":"q"}}'), (null)
                ) as ids (id)
            ) to '{folder}/raw/crm/customers.parquet'
            """
        )
        writer.execute(
            f"""
            copy (
                select
                    id as subscription_id,
                    'c1' as customer_id,
                    started_at,
                    cast(1 as hugeint) as mrr,
                    ended_at,
                    1 as {own_column}
                from (
                    values
                        ('plain', timestamp '2026-01-01', date '2026-03-01'),
                        ('for ever', timestamp '2026-01-01', date 'infinity'),
                        ('infinite', timestamp 'infinity', null),
                        ('late', timestamp '290000-01-01', null),
                        ('subscription_id', timestamp '2026-01-01', null)
                ) as subscriptions (id, started_at, ended_at)
            ) to '{folder}/raw/crm/subscriptions.parquet'
            """
        )
        (folder / "raw" / "surveys").mkdir()
        writer.execute(
            f"""
            copy (
                select 's' as survey_id, 'csat' as metric, 1 as scale_min, 5 as scale_max, *
                from (values ('blank', null), ('turned', -1), ('huge', 9223372036854775807))
                    as questions (question_id, direction)
            ) to '{folder}/raw/surveys/questions.parquet'
            """
        )
        (folder / "raw" / "helpdesk").mkdir()
        # Both stand in the order of their keys; those of messages are no longer apart once they are read.
        writer.execute(
            f"""
            copy (
                select ticket_id, customer_id, status, timestamp '2026-01-05 10:00:00' as created_at
                from (values
                    ('t1', ' c1', 'open'), ('t2', 'c1  ', 'lost'), ('t3', E'\\tc1 ', 'open'),
                    ('t4', ' ', 'open'), ('t5', '', 'open'), ('t6', 'c 1', 'open'), ('t7', 'c1  ', 'open')
                ) as tickets (ticket_id, customer_id, status)
            ) to '{folder}/raw/helpdesk/tickets.parquet'
            """
        )
        writer.execute(
            f"""
            copy (
                select
                    message_id, 't1' as ticket_id, timestamp '2026-01-06 10:00:00' as sent_at,
                    'customer' as author_type, 'text ' || position as body
                from (values ('m1', 1), ('m2', 2), ('m2 ', 3), ('m3', 4)) as messages (message_id, position)
            ) to '{folder}/raw/helpdesk/ticket_messages.parquet'
            """
        )
        writer.execute(
            f"""
            copy (
                select order_id, 'c1' as customer_id, timestamp '2026-01-05 10:00:00' as ordered_at, amount
                from (values (null, 1), ('o1', 1), ('o2', null), ('order_id', 1), ('p1', 1))
                    as orders (order_id, amount)
            ) to '{folder}/raw/crm/orders.parquet'
            """
        )
        # The first column of their key may be empty, so nothing of it is judged; here it is a number.
        writer.execute(
            f"""
            copy (
                select schedule_id, holiday_date
                from (values (1, date '2026-01-01'), (2, date '2026-01-01'), (3, null))
                    as holidays (schedule_id, holiday_date)
            ) to '{folder}/raw/helpdesk/holidays.parquet'
            """
        )
    warehouse = Warehouse(folder, {})
    warehouse.dbt(
        "run", "--select", "stg_crm__customers", "stg_crm__subscriptions", "+stg_surveys__questions",
        "stg_crm__orders", "+stg_helpdesk__ticket_messages",
        "stg_helpdesk__holidays",
        variables={"raw": "files", "raw_path": str(folder / "raw"), **VARIABLES},
    )  # fmt: skip
    return duckdb.connect(str(warehouse.build_file), read_only=True)


def test_parquet_of_any_type_is_read_or_refused_row_by_row(odd_build: duckdb.DuckDBPyConnection) -> None:
    verdicts = (
        "select row_key, row_verdict, row_reason from staging.{}__judged "
        "where row_verdict <> 'accepted' order by all"
    )
    assert odd_build.sql(verdicts.format("stg_crm__customers")).fetchall() == [
        ("", "rejected", "missing: customer_id"),
        ("customer_id", "header", "header row"),
        ('{"ImportId":"q"}', "header", "header row"),
    ]
    assert odd_build.sql(verdicts.format("stg_crm__subscriptions")).fetchall() == [
        ("for ever", "rejected", "not a timestamp: ended_at"),
        ("infinite", "rejected", "not a timestamp: started_at"),
        ("late", "rejected", "not a timestamp: started_at"),
        ("subscription_id", "header", "header row"),
    ]
    # What stands for a blank does not stand for what cannot be read.
    assert odd_build.sql(verdicts.format("stg_surveys__questions")).fetchall() == [
        ("huge", "rejected", "not a bigint: direction")
    ]
    assert odd_build.sql(
        "select question_id, direction from staging.stg_surveys__questions order by 1"
    ).fetchall() == [("blank", 1), ("turned", -1)]
    (rows,) = odd_build.sql("select count(*) from staging.stg_crm__customers__judged").fetchall()
    assert rows == (3,)  # the others are read where they lie
    assert odd_build.sql(
        "select customer_id, segment, cast(updated_at as text), cast(acquired_at as text), "
        "acquisition_cost, country from staging.stg_crm__customers order by 1"
    ).fetchall() == [
        (
            *(name, segment, "2026-01-05 10:00:00.123456", "2025-01-01 00:00:00"),
            *(Decimal("12.3457"), "[{'country': LT}]"),
        )
        for name, segment in (("c1", "large"), ("c2", "large"), ("c3", None))
    ]


def test_keys_in_order_are_apart_only_as_they_are_read(odd_build: duckdb.DuckDBPyConnection) -> None:
    verdicts = "select {}, row_verdict from staging.{}__judged order by all"
    # Only the row that breaks a rule is stored: the keys of the others have one row each.
    assert odd_build.sql(verdicts.format("ticket_id", "stg_helpdesk__tickets")).fetchall() == [
        ("t2", "rejected")
    ]
    assert odd_build.sql(verdicts.format("message_id", "stg_helpdesk__ticket_messages")).fetchall() == [
        ("m2", "accepted"),
        ("m2", "superseded"),
    ]
    assert odd_build.sql(
        "select message_id from staging.stg_helpdesk__ticket_messages order by all"
    ).fetchall() == [("m1",), ("m2",), ("m3",)]


def test_of_a_key_only_the_spaces_at_its_ends_are_taken_away(odd_build: duckdb.DuckDBPyConnection) -> None:
    assert odd_build.sql(
        "select ticket_id, customer_id from staging.stg_helpdesk__tickets order by all"
    ).fetchall() == [("t1", "c1"), ("t3", "\tc1"), ("t4", None), ("t5", None), ("t6", "c 1"), ("t7", "c1")]


def test_keys_in_order_are_judged_too(odd_build: duckdb.DuckDBPyConnection) -> None:
    assert odd_build.sql(
        "select row_key, row_reason from staging.stg_crm__orders__judged order by all"
    ).fetchall() == [("", "missing: order_id"), ("o2", "missing: amount"), ("order_id", "header row")]


def test_a_key_that_may_be_empty_has_no_rules_to_take_out(odd_build: duckdb.DuckDBPyConnection) -> None:
    assert odd_build.sql(
        "select schedule_id, holiday_date is null from staging.stg_helpdesk__holidays order by all"
    ).fetchall() == [("1", False), ("2", False)]
