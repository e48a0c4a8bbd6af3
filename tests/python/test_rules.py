"""Every rule of METRICS §13 that the raw contract can express meets what it should and nothing beside it."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt_runner import Warehouse
from postgres_server import connect
from rule_vectors import HITS, VARIABLES, rule_vectors
from small_raw import VARIABLES as SMALL_VARIABLES

from cx_warehouse.rules_page import PAGE, declared_rules, rules_page
from cx_warehouse.workspace import Workspace

SELECTION = (
    *("build", "--select", "+rule_hits", "int_web_measures", "--indirect-selection", "cautious"),
    *("--exclude-resource-type", "unit_test"),
)

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def query(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    """The vectors judged on one engine; gives a function that queries the result."""
    folder: Path = tmp_path_factory.mktemp(f"rules_{request.param}")
    raw = rule_vectors()
    if request.param == "duckdb":
        warehouse = Warehouse(folder, {})
        variables = {"raw": "files", "raw_path": str(raw.write(folder / "raw"))}
        warehouse.dbt(*SELECTION, variables={**variables, **VARIABLES})
        with duckdb.connect(str(warehouse.build_file), read_only=True) as file:
            yield rows_of(file.cursor())
    else:
        settings = request.getfixturevalue("postgres_environment")
        with connect(settings) as server:
            raw.load(server.cursor())
            server.commit()
            Warehouse(folder, settings).dbt(*SELECTION, variables={"raw": "schema", **VARIABLES})
            yield rows_of(server.cursor())


def rows_of(cursor: Any) -> Query:
    """Queries through one cursor."""

    def rows(sql: str) -> list[tuple[Any, ...]]:
        cursor.execute(sql)
        return list(cursor.fetchall())

    return rows


def test_each_rule_meets_its_rows_and_no_others(query: Query) -> None:
    found = {
        (rule, action, table): hits
        for rule, action, table, hits in query(
            "select rule_id, action, table_name, n_hit from quality.rule_hits"
        )
    }
    expected = {key: HITS.get(key, 0) for key in found}
    assert {key: hits for key, hits in found.items() if hits != expected[key]} == {}
    assert HITS.keys() <= found.keys()


def test_each_rule_is_counted_for_each_of_its_tables(query: Query) -> None:
    counted = Counter(
        (rule, action) for rule, action in query("select rule_id, action from quality.rule_hits")
    )
    for rule in declared_rules():
        tables = 28 if rule["tables"] == "*" else len(rule["tables"].split())
        assert counted[rule["rule_id"], rule["action"]] == tables, rule["name"]


def test_what_was_repaired_says_before_and_after(query: Query) -> None:
    repaired = {
        (key, column): (rule, before, after)
        for key, column, rule, before, after in query(
            "select row_key, column_name, rule_id, before_value, after_value from quality.repaired_rows"
        )
    }
    assert repaired["mrr0", "mrr"] == ("50", "4,5", "4.5000")
    assert repaired["mrr1", "mrr"] == ("50", "1 200", "1200.0000")
    assert repaired["mrr2", "mrr"] == ("50", "1.234,50", "1234.5000")
    assert repaired["mrr3", "mrr"] == ("50", "1,234.50", "1234.5000")
    # Excel's day begins at midnight in Vilnius, seconds are the world's.
    assert repaired["start0", "started_at"] == ("51", "45987", "2025-11-25 22:00:00")
    assert repaired["start1", "started_at"] == ("51", "45987.5", "2025-11-26 10:00:00")
    for number in (2, 3, 4):
        assert repaired[f"start{number}", "started_at"][::2] == ("8", "2026-01-01 00:00:00")
    # 03:30 was skipped and is 04:30 summer time; of the two 03:30 the second counts.
    assert repaired["start8", "started_at"] == ("7", "2026-03-29 03:30:00", "2026-03-29 01:30:00")
    assert repaired["start9", "started_at"] == ("7", "2025-10-26 03:30:00", "2025-10-26 01:30:00")
    assert repaired["sch|2026-06-01", "holiday_date"] == ("51", "46174", "2026-06-01")
    assert repaired["words|nps|1", "value"] == ("11", "9/10", "9")
    assert repaired["words|nps|2", "value"] == ("11", "10 – definitely", "10")
    assert repaired["words|nps|3", "value"] == ("11", "８", "8")
    assert repaired["words|nps|4", "value"] == ("11", "нет ответа", None)
    assert repaired["clock5", "responded_at"] == ("16", "2026-05-20 11:55:00", "2026-05-20 12:00:00")
    assert repaired["c5", "segment"] == ("22", "mid\u00a0size", "mid size")
    assert repaired["c6", "segment"] == ("22", "l\u0430rge", "large")
    assert repaired["c6", "persona"] == ("22", "\u0412uyer", "Buyer")
    assert repaired["c7", "persona"] == ("22", "\u041cO\u0421\u041a\u0412\u0410", "МОСКВА")
    assert repaired["c7", "country"] == ("22", "\uff2c\uff34", "LT")
    assert repaired["c3", "segment"] == ("22", "LARGE", "large")
    assert repaired["c10", "segment"] == ("22", "Small", "small")
    assert repaired["c11", "segment"] == ("22", "Mid  Size", "mid size")
    # A history is spelled as the customers are; it stands in one breakdown with them.
    assert repaired["c12", "region"] == ("22", "north", "North")
    assert repaired["c1|segment|2025-01-01", "value"] == ("22", "LARGE", "large")
    assert repaired["k1", "channel"] == ("22", "Email", "email")
    assert repaired["p2", "email"] == ("22", None, None)
    assert repaired["ImportId", None] == ("52", None, None)
    # Texts people wrote are listed without their words.
    assert repaired["misread_cp1251", "reason_text"] == ("21", None, None)


def test_what_was_repaired_is_what_is_read(query: Query) -> None:
    texts = dict(query("select cancellation_id, reason_text from staging.stg_crm__cancellations"))
    assert texts["misread_cp1257"] == "Ąžuolas, ėdžios"
    assert texts["misread_cp1251"] == "Привет, мир"
    assert texts["misread_cp1252"] == "Zoé à Köln"
    assert texts["read"] == "Ärger über Ångström, Рига, ąžuolas"
    assert texts["words"] == "Write to [e-mail]"
    segments = query("select distinct segment from staging.stg_crm__customers where segment is not null")
    assert {segment for (segment,) in segments} == {
        "large", "small", "mid size", "midsize", "SMB", "VIP клиент"
    }  # fmt: skip
    assert query(
        "select value from staging.stg_surveys__answers where response_id = 'words' and answer_no = 4"
    ) == [(None,)]


def test_web_sessions_that_count_are_the_same_on_each_engine(query: Query) -> None:
    """Of the six three are left out; of the rest one lasts, and nobody counted key events."""
    assert query(
        "select metric, base, numerator, ci_low is not null from intermediate.int_web_measures"
        " where period_grain = 'all' and dimension = 'total'"
    ) == [("bounce_rate", 3, 2, True)]


def test_a_rule_names_the_first_rows_it_met_and_where_the_others_are(query: Query) -> None:
    told = {
        (rule, action, table): (keys, place)
        for rule, action, table, keys, place in query(
            "select rule_id, action, table_name, example_keys, found_in from quality.rule_hits"
        )
    }
    first = "migrated0, migrated1, migrated10, migrated11, migrated12"
    assert told["41", "warn", "customers"] == (first, "crm.customers")
    assert told["29", "reject", "schedules"][1] == "quality.rejected_rows"
    assert told["50", "repair", "subscriptions"] == ("mrr0, mrr1, mrr2, mrr3", "quality.repaired_rows")
    assert told["26", "warn", "ticket_messages"] == ("m2, m6", "helpdesk.ticket_messages")
    assert told["22", "warn", "customers"] == ("segment: mid size", "crm.customers")
    both = ", ".join(4 * ["compared|customer|c3"])
    assert told["49", "reject", "exposures"] == (both, "quality.rejected_rows")
    assert told["49", "warn", "initiatives"] == ("alone, nobody", "initiatives.initiatives")
    assert told["47", "repair", "sessions"] == ("w2, w4, w5", "web.sessions")


def test_what_raw_rows_cannot_break_is_counted_where_it_is_broken(
    released: Workspace, tmp_path: Path
) -> None:
    counted = (
        "select rule_id, n_checked, n_hit, example_keys from quality.rule_hits "
        "where rule_id in ('37', '48') order by rule_id"
    )
    # Views know the build file by its name.
    file = tmp_path / released.build_file.name
    shutil.copy(released.build_file, file)
    with duckdb.connect(str(file)) as build:
        bridge, weights = build.execute(counted).fetchall()
        assert bridge == ("37", bridge[1], 0, None)
        assert bridge[1] > 3
        assert weights == ("48", 0, 0, None)
        build.execute(
            "update marts.kpi_mrr_bridge set churn_mrr = churn_mrr + 0.01 where period_start = '2026-03-01'"
        )
        build.execute(
            "insert into reference.population_cells (valid_from, segment, tenure_band, customers) values "
            "('2020-01-01', 'large', 'a', 10), ('2020-01-01', 'large', 'b', 0), "
            "('2020-01-01', 'nowhere', null, 9)"
        )
    variables = {"raw": "files", "raw_path": str(released.to.with_name("raw")), **SMALL_VARIABLES}
    Warehouse(tmp_path, {"CX_BUILD_FILE": str(file)}).dbt(
        "run", "--select", "int_rule_counts_feedback", "rule_hits", variables=variables
    )
    with duckdb.connect(str(file), read_only=True) as build:
        assert build.execute(counted).fetchall() == [
            ("37", bridge[1], 1, "2026-03-01"),
            ("48", 3, 2, "large b, nowhere"),
        ]


def test_the_page_says_what_is_declared() -> None:
    assert PAGE.read_text(encoding="utf-8") == rules_page(), "run python -m cx_warehouse.rules_page"
