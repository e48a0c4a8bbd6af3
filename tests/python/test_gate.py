"""The gate: each kind of failure turns it red, a raising expectation is no pass, a warning stops nothing."""

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import sqlalchemy
from click.testing import CliRunner
from great_expectations.execution_engine import sqlalchemy_execution_engine
from small_raw import VARIABLES, write_small_raw

from cx_warehouse.build import ensure_sound_build_file, start_afresh
from cx_warehouse.cli import main
from cx_warehouse.contract import RawTable, raw_contract
from cx_warehouse.database import build_url, open_build
from cx_warehouse.display import PlainLines
from cx_warehouse.errors import DataError
from cx_warehouse.quality import engine
from cx_warehouse.quality.comparisons import raw_suites, release_suites
from cx_warehouse.quality.dbt_tests import dbt_test_results, unbuilt_models
from cx_warehouse.quality.engine import TableSuite, exception_of, read_result, run_suites
from cx_warehouse.quality.gate import Gate, check
from cx_warehouse.quality.history import History, history_of, history_result
from cx_warehouse.quality.profiles import Profile, last_profiles
from cx_warehouse.quality.results import CheckResult
from cx_warehouse.quality.rules import TableRows
from cx_warehouse.quality.suites import in_set, mart_suites, no_rows, not_null, staging_suites, unique_key
from cx_warehouse.settings import Settings
from cx_warehouse.workspace import Workspace

# For each mart's suite a change of its data, and the check that must see it.
MUTATIONS = {
    "marts.fct_survey_answers": (
        "update marts.fct_survey_answers set nps_class = 'fan' where metric = 'nps'",
        "in_set:nps_class",
    ),
    "marts.fct_tickets": (
        "update marts.fct_tickets set first_reply_minutes = -1",
        "between:first_reply_minutes",
    ),
    "marts.fct_customer_states": (
        "update marts.fct_customer_states set is_paused = not is_paused",
        "paused_pays_nothing",
    ),
    "marts.fct_customer_months": (
        "update marts.fct_customer_months set movement_mrr = movement_mrr + 1",
        "movement_adds_up",
    ),
    "marts.fct_churn_events": (
        "update marts.fct_churn_events set churned_at = timestamp '2030-01-01'",
        "not_after_the_build:churned_at",
    ),
    "marts.kpi_metric_values": (
        "update marts.kpi_metric_values set ci_low = value + 1 where value is not null",
        "interval:value",
    ),
    "marts.kpi_nps": ("update marts.kpi_nps set nps = nps + 1", "nps_of_classes"),
    "marts.kpi_csi_importance": (
        "insert into marts.kpi_csi_importance "
        "(programme, attribute, period_grain, period_start, correlation) "
        "values ('relational', 'price', 'month', date '2026-03-01', 0.5)",
        "weights_filled_in",
    ),
    "marts.kpi_churn": ("update marts.kpi_churn set logo_churn_rate = 1.5", "between:logo_churn_rate"),
    "marts.kpi_churn_reasons": ("update marts.kpi_churn_reasons set rank = 0", "between:rank"),
    "marts.kpi_response_times": (
        "update marts.kpi_response_times set answered = tickets + 1",
        "answered_within_tickets",
    ),
    # The small company has no web site.
    "marts.fct_web_sessions": (
        "insert into marts.fct_web_sessions (session_id) values ('w'), ('w')",
        "unique_key",
    ),
}


@pytest.fixture
def copy_build(released: Workspace, tmp_path: Path) -> Callable[[], Workspace]:
    """A workspace of one's own with the small company's build in it."""

    def copy() -> Workspace:
        workspace = Workspace(tmp_path / "to")
        shutil.copytree(released.build, workspace.build)
        return workspace

    return copy


@pytest.fixture
def build(copy_build: Callable[[], Workspace]) -> Workspace:
    return copy_build()


def gate_of(workspace: Workspace) -> dict[str, CheckResult]:
    settings = Settings({}, workspace.to, "duckdb", False, ("en",))
    workspace.prepare()
    gate: Gate = check(settings, workspace, PlainLines())
    return {result.check_id: result for result in gate.results}


def change(workspace: Workspace, *statements: str) -> None:
    with duckdb.connect(str(workspace.build_file)) as connection:
        for statement in statements:
            connection.execute(statement)


def check_results(database: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute("select * from quality.check_results").fetchall()


def thaw(workspace: Workspace, table: str) -> list[str]:
    """Statements that make a table of a relation, whatever it is, so that a test can change its rows."""
    with duckdb.connect(str(workspace.build_file)) as connection:
        views = connection.execute("select schema_name || '.' || view_name from duckdb_views()").fetchall()
    schema, name = table.split(".")
    return [
        f"create table {schema}.thawed as from {table}",
        f"drop {'view' if (table,) in views else 'table'} {table}",
        f"alter table {schema}.thawed rename to {name}",
    ]


def delivered_tables(workspace: Workspace) -> list[RawTable]:
    with duckdb.connect(str(workspace.build_file)) as connection:
        rows = connection.execute(
            "select system || '.' || table_name from quality.row_reconciliation where is_delivered"
        ).fetchall()
    return [table for table in raw_contract() if (table.label,) in rows]


def test_every_suite_of_staging_and_marts_sees_a_change_of_its_data(build: Workspace) -> None:
    assert {suite.label for suite in mart_suites()} == set(MUTATIONS)
    tables = delivered_tables(build)
    assert len(tables) >= 10
    for table in tables:
        name = f"staging.{table.model}"
        change(build, *thaw(build, name), f"insert into {name} from {name} limit 1")
    for name in MUTATIONS:
        change(build, *thaw(build, name))
    change(
        build,
        "update staging.stg_helpdesk__tickets set status = 'lost'",
        "update staging.stg_surveys__responses set responded_at = timestamp '1999-12-31'",
        "update staging.stg_surveys__answers set response_id = null",
        *(statement for statement, _ in MUTATIONS.values()),
    )
    results = gate_of(build)
    expected = {
        *((f"staging.{table.model}", "unique_key") for table in tables),
        *((suite, name) for suite, (_, name) in MUTATIONS.items()),
        ("staging.stg_helpdesk__tickets", "in_set:status"),
        ("staging.stg_surveys__responses", "after_2000:responded_at"),
        ("staging.stg_surveys__answers", "not_null:response_id"),
    }
    for suite, name in expected:
        result = results[f"expectation:{suite}:{name}"]
        assert result.status == "fail", result
        assert result.stops_release
        assert result.message
        assert suite in result.message


def test_the_suites_of_tables_that_the_small_company_lacks_see_a_change_of_their_data_too(
    build: Workspace,
) -> None:
    delivered = delivered_tables(build)
    others = [table for table in raw_contract() if table not in delivered]
    assert len(others) >= 10
    for table in others:
        name = f"staging.{table.model}"
        first = table.columns[0].name
        change(build, *thaw(build, name), *[f"insert into {name} ({first}) values (null)"] * 2)
    before = {f"staging.{table.model}": Profile(rows=100) for table in others}
    found = results_of(build, *staging_suites(others), *raw_suites(others, before, {}))
    for table in others:
        name = f"staging.{table.model}"
        assert found[f"{name}:unique_key"] == "fail", name
        assert found[f"{name}:volume"] == "warn", name
        required = [column.name for column in table.columns if column.is_required]
        assert {found[f"{name}:not_null:{column}"] for column in required} == {"fail"}, name


# What each suite that compares with the last release must see: the change, and the check. Every raw table
# also loses most of its rows.
COMPARISONS = {
    "staging.stg_crm__customers": (
        "update {} set segment = case when customer_id < 'c08' then 'smal' end",
        ("filled:segment", "known:segment", "drift:segment"),
    ),
    "staging.stg_crm__cancellations": ("update {} set initiator = 'company'", ("known:initiator",)),
    "staging.stg_helpdesk__ticket_messages": (
        "update {} set sent_at = sent_at - interval '90 days'",
        ("fresh:sent_at",),
    ),
    "staging.stg_surveys__responses": (
        "update {} set status = 'partial'",
        ("drift:status", "known:status"),
    ),
    "marts.dim_customers": ("delete from {} where customer_id >= 'c15'", ("volume",)),
    "marts.fct_survey_answers": (
        "update {} set nps_class = 'promoter' where metric = 'nps'",
        ("drift:nps_class",),
    ),
    "marts.fct_tickets": (
        "update {} set reply_outcome = 'waiting'",
        ("drift:reply_outcome",),
    ),
    "marts.fct_customer_months": ("insert into {0} select kept.* from {0} as kept, range(9)", ("volume",)),
    "marts.fct_churn_events": ("update {} set reason = 'price'", ("drift:reason", "known:reason")),
}


# Which rows go so that few are left: of customers those without the misspelt segment, of two rows both.
FEW = {"crm.customers": "customer_id >= 'c15'", "surveys.surveys": "true", "surveys.questions": "true"}


def test_every_suite_of_intake_and_release_sees_what_is_unlike_the_last_release_and_stops_nothing(
    released: Workspace, build: Workspace
) -> None:
    shutil.copytree(released.releases, build.releases)
    build.current.symlink_to(released.current.readlink())
    like_before = gate_of(build)
    told = [result for result in like_before.values() if result.suite in {"raw intake", "release"}]
    assert len(told) > 60
    assert {(result.status, result.severity) for result in told} == {("pass", "warning")}
    assert check_results(build.build_file) == check_results(released.to / "cx_warehouse.duckdb")
    tables = delivered_tables(build)
    for table in tables:
        name = f"staging.{table.model}"
        change(build, *thaw(build, name))
    expected = set()
    for name, (statement, checks) in COMPARISONS.items():
        if name.startswith("marts."):
            change(build, *thaw(build, name))
        change(build, statement.format(name))
        expected |= {(name, check) for check in checks}
    change(
        build,
        "update marts.kpi_metric_values set value = value + 1 "
        "where metric = 'nps_rel' and period_start = '2026-03-01'",
    )
    for table in tables:
        name = f"staging.{table.model}"
        change(build, f"delete from {name} where {FEW.get(table.label, 'rowid % 5 > 0')}")
        expected.add((name, "volume"))
    assert {name for name, _ in expected} == {
        suite.label for suite in [*raw_suites(tables, {}, {}), *release_suites({}, {})]
    }
    results = gate_of(build)
    for name, check_name in sorted(expected):
        result = results[f"expectation:{name}:{check_name}"]
        assert (result.status, result.severity) == ("warn", "warning"), result
        assert not result.stops_release
        assert name in str(result.message)
    restated = results["release_rule:finished_months_keep_their_values"]
    assert (restated.status, restated.severity) == ("warn", "warning"), restated
    assert "nps_rel (relational) of 2026-03 was" in str(restated.message)


def test_finished_months_are_those_that_ended_long_enough_before_both() -> None:
    def history(day: int, month: int, **values: float) -> History:
        rows = [(name, "none", dt.date(2026, 3, 1), value) for name, value in values.items()]
        return history_of(dt.datetime(2026, month, day), rows)

    def changed(last: History, present: History) -> str:
        result = history_result(last, present, 14)
        assert (result.status == "warn") == (result.observed is not None)
        return result.observed or ""

    assert changed(history(15, 4, a=1, b=2), history(15, 5, a=1, b=2)) == ""
    assert changed(history(15, 4, a=1, b=2), history(15, 5, a=1, b=3)) == "1 of 2 values changed"
    assert changed(history(14, 4, a=1), history(15, 5, a=2)) == ""
    assert changed(history(15, 5, a=1), history(14, 4, a=2)) == ""
    assert changed(history(15, 5, a=1), history(15, 5)) == "1 of 1 values changed"
    assert changed(History(), history(15, 5, a=1)) == ""


def test_without_a_last_release_or_profiles_in_it_a_build_is_compared_with_itself(
    released: Workspace, build: Workspace, tmp_path: Path
) -> None:
    assert last_profiles(build) == {}
    build.current.mkdir()
    with duckdb.connect(str(build.current / "cx_warehouse.duckdb")) as connection:
        connection.execute("create table of_another_version as select 1 as id")
    assert last_profiles(build) == {}
    (build.current / "cx_warehouse.duckdb").write_bytes(b"no database")
    with pytest.raises(DataError, match="cannot be read"):
        last_profiles(build)
    assert last_profiles(released)["marts.dim_customers"].rows == 40


def test_rows_that_do_not_add_up_turn_the_gate_red(build: Workspace) -> None:
    change(
        build,
        "update quality.row_reconciliation set raw_rows = raw_rows + 1 where table_name = 'customers'",
        "delete from quality.row_reconciliation where table_name = 'tickets'",
    )
    results = gate_of(build)
    lost, absent = results["reconciliation:crm.customers"], results["reconciliation:helpdesk.tickets"]
    assert (lost.status, absent.status) == ("fail", "error")
    assert lost.stops_release
    assert absent.stops_release
    assert "42 raw rows came in, 41 are accounted for" in str(lost.message)


def test_a_mart_that_is_missing_or_lacks_a_column_is_no_pass(build: Workspace) -> None:
    change(
        build, "drop table marts.kpi_churn", "alter table marts.kpi_churn_reasons rename column share to part"
    )
    results = gate_of(build)
    assert results["expectation:marts.kpi_churn:exists"].stops_release
    raising = results["expectation:marts.kpi_churn_reasons:between:share"]
    assert raising.status == "error"
    assert raising.stops_release
    assert "could not be checked" in str(raising.message)


def test_a_failed_or_skipped_dbt_test_turns_the_gate_red(build: Workspace) -> None:
    path = build.artifacts / "run_results.json"
    artifact = json.loads(path.read_text())
    tests = [run for run in artifact["results"] if run["unique_id"].startswith("test.")]
    tests[0] |= {"status": "fail", "failures": 3}
    tests[1] |= {"status": "skipped"}
    tests[2] |= {"status": "error", "message": "Binder\nError"}
    models = [run for run in artifact["results"] if run["unique_id"].endswith(".kpi_churn")]
    models[0]["status"] = "skipped"
    path.write_text(json.dumps(artifact))
    results = gate_of(build)
    red = [results[f"dbt_test:{run['unique_id'].split('.')[2]}"] for run in tests[:3]]
    assert [result.status for result in red] == ["fail", "error", "error"]
    assert all(result.stops_release for result in red)
    assert "3 rows break" in str(red[0].message)
    assert "Not run" in str(red[1].message)
    assert "Binder Error" in str(red[2].message)
    assert "kpi_churn" in str(results["release_rule:every_model_is_built"].message)


def test_a_test_of_severity_warn_stops_nothing() -> None:
    node = {
        "resource_type": "test", "name": "few_rows", "config": {"severity": "WARN"},
        "attached_node": None, "depends_on": {"nodes": ["model.a"]}, "description": "rows are few",
    }  # fmt: skip
    manifest = {
        "nodes": {
            "test.a": node,
            "model.a": {"resource_type": "model", "schema": "marts", "name": "a"},
        },
        "sources": {},
    }
    runs = {
        "results": [
            {"unique_id": "test.a", "status": "warn", "failures": 2},
            {"unique_id": "operation.x", "status": "success"},
        ]
    }
    (result,) = dbt_test_results(manifest, runs)
    assert (result.status, result.severity, result.subject) == ("warn", "warning", "marts.a")
    assert not result.stops_release
    assert unbuilt_models(manifest, runs) == ["a"]


def test_a_warning_is_told_and_stops_nothing(build: Workspace) -> None:
    change(
        build,
        *thaw(build, "staging.stg_crm__cancellations"),
        "delete from staging.stg_crm__cancellations",
    )
    result = CliRunner().invoke(main, ["check", "--to", str(build.to)])
    assert result.exit_code == 0, result.output
    assert "expectation:staging.stg_crm__cancellations:has_rows: status=warn" in result.output


def test_too_many_rejected_rows_refuse_the_release_by_name_share_and_reason(
    released: Workspace, copy_build: Callable[[], Workspace], tmp_path: Path
) -> None:
    workspace = copy_build()
    shutil.copytree(released.releases, workspace.releases)
    for name in (".current", "cx_warehouse.duckdb", "marts", "reports"):
        (workspace.to / name).symlink_to((released.to / name).readlink())
    before = (workspace.current / "release.json").read_text()
    raw = write_small_raw(tmp_path / "raw")
    with (raw / "surveys" / "answers.csv").open("a") as stream:
        stream.writelines(f"rel0c{number:02},nps,{12 + number}\n" for number in range(40))
        stream.writelines(f"rel0c{number:02},nps,many\n" for number in range(30))
    arguments = ["--raw", str(raw), "--vars", json.dumps(VARIABLES), "--to", str(workspace.to)]
    result = CliRunner().invoke(main, ["run", *arguments])
    assert result.exit_code == 1, result.output
    assert "surveys.answers: 12.9% of its rows were rejected" in result.stderr
    assert "max_rejected_share" in result.stderr
    assert "score outside its scale (40)" in result.stderr
    assert (workspace.current / "release.json").read_text() == before
    refused = CliRunner().invoke(main, ["publish", "--to", str(workspace.to)])
    assert refused.exit_code == 1
    assert "refused" in refused.stderr
    variables = ["--vars", '{"max_rejected_share": 0.2}']
    allowed = CliRunner().invoke(main, ["check", *variables, "--to", str(workspace.to)])
    assert allowed.exit_code == 0, allowed.output


def test_superseded_rows_do_not_count_as_rejected() -> None:
    assert TableRows("crm", "a", 100, 45, 5, 50, True).rejected_share == pytest.approx(0.1)
    assert TableRows("crm", "a", 0, 0, 0, 0, True).rejected_share == 0


def test_results_are_written_sorted_and_without_a_clock(released: Workspace, build: Workspace) -> None:
    before = check_results(released.to / "cx_warehouse.duckdb")
    gate_of(build)
    after = check_results(build.build_file)
    assert before == after == sorted(after)
    assert {row[1] for row in after} == {"dbt_test", "expectation", "reconciliation", "release_rule"}
    assert {str(row[-1]) for row in after} == {"2026-07-01 00:00:00"}


@pytest.fixture
def table(tmp_path: Path) -> Workspace:
    """A build file with one table of three rows and one of none."""
    workspace = Workspace(tmp_path / "pla$ce")
    workspace.prepare()
    with duckdb.connect(str(workspace.build_file)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.things as select * from (values (1, 'a'), (2, 'b'), (2, null)) t (id, kind)"
        )
        connection.execute("create table marts.nothing as select * from marts.things where false")
    return workspace


def results_of(workspace: Workspace, *suites: TableSuite) -> dict[str, str]:
    with open_build("duckdb", workspace) as database:
        found = run_suites(database, build_url("duckdb", workspace), suites)
        return {
            result.check_id.removeprefix("expectation:"): result.status for one in found for result in one
        }


CHECKS = (
    not_null("id"),
    not_null("kind"),
    in_set("kind", ("a", "b")),
    unique_key(("id",)),
    no_rows("pattern", "kind is a letter", "not regexp_matches(kind, '^[a-z]$')"),
    no_rows("broken", "something", "no_such_column = 1"),
)


def test_canary_great_expectations_works_on_duckdb_with_the_shim(table: Workspace) -> None:
    suites = [TableSuite("any", "marts", name, CHECKS) for name in ("things", "nothing", "absent")]
    assert results_of(table, *suites) == {
        "marts.things:not_null:id": "pass",
        "marts.things:not_null:kind": "fail",
        "marts.things:in_set:kind": "pass",
        "marts.things:unique_key": "fail",
        "marts.things:pattern": "pass",
        "marts.things:broken": "error",
        "marts.nothing:not_null:id": "pass",
        "marts.nothing:not_null:kind": "pass",
        "marts.nothing:in_set:kind": "pass",
        "marts.nothing:unique_key": "pass",
        "marts.nothing:pattern": "pass",
        "marts.nothing:broken": "error",
        "marts.absent:exists": "fail",
    }


def test_canary_without_the_shim_nothing_works_so_it_is_still_needed(
    table: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When this fails, Great Expectations has learnt DuckDB: remove `install_duckdb_dialect`."""
    known = sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS
    own = tuple(dialect for dialect in known if dialect != engine._DuckDBDialect.DUCKDB)
    monkeypatch.setattr(sqlalchemy_execution_engine, "_PERSISTED_CONNECTION_DIALECTS", own)
    monkeypatch.setattr(engine, "install_duckdb_dialect", lambda: None)
    results = results_of(table, TableSuite("any", "marts", "things", CHECKS))
    assert set(results.values()) == {"error"}


def test_a_result_that_never_came_or_raised_inside_is_an_error() -> None:
    suite = TableSuite("any", "marts", "things", CHECKS)
    assert read_result(suite, CHECKS[0], None).status == "error"
    assert exception_of({}) is None
    assert exception_of({"metric": {"raised_exception": False}}) is None
    assert exception_of({"metric": {"raised_exception": True, "exception_message": "no\nway"}}) == "no"
    assert exception_of({"raised_exception": True, "exception_message": None}) == "an exception"


def test_a_suite_that_cannot_start_is_an_error_for_each_of_its_checks() -> None:
    class Broken:
        def add_table_asset(self, **_: object) -> None:
            raise RuntimeError("no asset")

    results = engine.run_suite(Broken(), TableSuite("any", "marts", "things", CHECKS))
    assert [result.status for result in results] == ["error"] * len(CHECKS)


def test_suites_name_their_checks_once() -> None:
    for suite in [*mart_suites(), *staging_suites(raw_contract())]:
        names = [one.name for one in suite.checks]
        assert len(names) == len(set(names)), suite.label


def test_a_corrupt_build_file_is_replaced_and_a_locked_one_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    workspace.prepare()
    ensure_sound_build_file(workspace, PlainLines())
    workspace.build_file.write_bytes(b"DUCK" * 5000)
    ensure_sound_build_file(workspace, PlainLines())
    assert not workspace.build_file.exists()
    assert "was damaged" in capsys.readouterr().out
    workspace.build_file.touch()
    monkeypatch.setattr(duckdb, "connect", locked)
    with pytest.raises(DataError, match="open in another program"):
        ensure_sound_build_file(workspace, PlainLines())
    start_afresh(workspace, PlainLines(), "on request")
    assert not workspace.build_file.exists()


def locked(*_: object) -> None:
    raise duckdb.IOException("Could not set lock on file")


def test_a_build_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.prepare()
    with pytest.raises(DataError, match="cannot be read"), open_build("duckdb", workspace) as database:
        database.rows("select * from nowhere")


def test_the_address_of_postgres_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CX_POSTGRES_HOST", "/run/p")
    monkeypatch.setenv("CX_POSTGRES_PASSWORD", "p@ss")
    url: sqlalchemy.URL = build_url("postgres", Workspace(tmp_path))
    assert (url.host, url.password, url.port) == ("/run/p", "p@ss", 5432)
