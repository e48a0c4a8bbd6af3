"""The demo company: the committed seeds are what its generator writes, everywhere, and as it promises."""

import csv
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from cx_warehouse.demo import dirt, invent_tables, write_demo
from cx_warehouse.demo.company import OfficeHours
from cx_warehouse.demo.dice import Dice
from cx_warehouse.demo.tables import COLUMNS, TableName
from cx_warehouse.demo.timeline import END_AT

PROJECT = Path(__file__).parents[2]
SEEDS = PROJECT / "seeds" / "demo"

# Child column -> parent table and key: what must resolve but for the dirt.
REFERENCES = [
    (("crm", "contacts"), "customer_id", ("crm", "customers")),
    (("crm", "customer_history"), "customer_id", ("crm", "customers")),
    (("crm", "subscriptions"), "customer_id", ("crm", "customers")),
    (("crm", "subscription_changes"), "subscription_id", ("crm", "subscriptions")),
    (("crm", "cancellations"), "subscription_id", ("crm", "subscriptions")),
    (("crm", "orders"), "customer_id", ("crm", "customers")),
    (("crm", "touchpoints"), "customer_id", ("crm", "customers")),
    (("helpdesk", "tickets"), "customer_id", ("crm", "customers")),
    (("helpdesk", "tickets"), "contact_id", ("crm", "contacts")),
    (("helpdesk", "ticket_events"), "ticket_id", ("helpdesk", "tickets")),
    (("helpdesk", "ticket_messages"), "ticket_id", ("helpdesk", "tickets")),
    (("surveys", "questions"), "survey_id", ("surveys", "surveys")),
    (("surveys", "invitations"), "contact_id", ("crm", "contacts")),
    (("surveys", "invitations"), "ticket_id", ("helpdesk", "tickets")),
    (("surveys", "responses"), "invitation_id", ("surveys", "invitations")),
    (("surveys", "responses"), "customer_id", ("crm", "customers")),
    (("surveys", "answers"), "response_id", ("surveys", "responses")),
    (("surveys", "answers"), "question_id", ("surveys", "questions")),
    (("surveys", "followups"), "response_id", ("surveys", "responses")),
]
KEYS = {"customers": "customer_id", "subscriptions": "subscription_id", "contacts": "contact_id"}
UNKNOWN = {"C-UNKNOWN": 8, "S9999-1": 1, "T99998": 1, "T99999": 2, "R99999": 2, "rel_old_question": 1}

# Columns of things that happened; all others may be plans.
HAPPENED = {
    "acquired_at", "requested_at", "ordered_at", "occurred_at", "created_at", "sent_at", "delivered_at",
    "bounced_at", "opened_at", "started_at", "opted_out_at", "responded_at", "contacted_at", "resolved_at",
    "posted_at", "replied_at", "updated_at",
}  # fmt: skip


@pytest.fixture(scope="module")
def seeds() -> dict[TableName, list[dict[str, str]]]:
    tables = {}
    for system, table in COLUMNS:
        with (SEEDS / system / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            tables[system, table] = list(csv.DictReader(file))
    return tables


def contents(directory: Path) -> dict[str, bytes]:
    files = sorted(directory.rglob("*.csv"))
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


def test_the_committed_seeds_are_the_default_output(tmp_path: Path) -> None:
    written = write_demo(tmp_path)

    assert contents(tmp_path) == contents(SEEDS)
    assert [(system, table) for system, table, _ in written] == list(COLUMNS)


@pytest.mark.parametrize(("zone", "hash_seed"), [("Asia/Tokyo", "1"), ("America/St_Johns", "4711")])
def test_zone_and_hash_seed_of_the_machine_change_nothing(tmp_path: Path, zone: str, hash_seed: str) -> None:
    command = "from cx_warehouse.demo import write_demo; from pathlib import Path; import sys"
    subprocess.run(
        [sys.executable, "-c", f"{command}; write_demo(Path(sys.argv[1]))", str(tmp_path)],
        check=True,
        cwd=PROJECT,
        env=os.environ | {"TZ": zone, "PYTHONHASHSEED": hash_seed},
    )

    assert contents(tmp_path) == contents(SEEDS)


def test_another_seed_gives_another_company_of_the_same_shape(tmp_path: Path) -> None:
    written = write_demo(tmp_path, seed=2, customers=40)
    rows = {(system, table): count for system, table, count in written}

    assert rows["crm", "customers"] < 60
    assert contents(tmp_path)["crm/customers.csv"] != contents(SEEDS)["crm/customers.csv"]
    assert contents(tmp_path).keys() == contents(SEEDS).keys()


@pytest.mark.parametrize("customers", [0, 1])
def test_a_tiny_company_can_be_written(tmp_path: Path, customers: int) -> None:
    assert len(write_demo(tmp_path, customers=customers)) == len(COLUMNS)


def test_headers_are_the_columns_of_the_contract() -> None:
    for system in {system for system, _ in COLUMNS}:
        path = PROJECT / "models" / "staging" / system / f"_{system}__models.yml"
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            table = model["name"].removeprefix(f"stg_{system}__")
            declared = [column["name"] for column in model["columns"]]
            header = (SEEDS / system / f"{table}.csv").read_text(encoding="utf-8").splitlines()[0]

            assert header.split(",") == declared, table


def test_the_seeds_stay_light() -> None:
    assert sum(map(len, contents(SEEDS).values())) < 6_000_000


def test_nothing_happened_after_the_end(seeds: dict[TableName, list[dict[str, str]]]) -> None:
    end = f"{END_AT:%Y-%m-%dT%H:%M:%SZ}"
    planned = {"subscriptions"}
    latest = Counter(
        row[column]
        for (_, table), rows in seeds.items()
        if table not in planned
        for row in rows
        for column in HAPPENED
        if row.get(column, "").startswith("20")
    )

    assert max(latest) == end
    closings = [row for row in seeds["helpdesk", "ticket_events"] if row["occurred_at"] == end]
    assert {row["new_value"] for row in closings} == {"closed"}


def test_every_reference_resolves_but_the_planted_ones(
    seeds: dict[TableName, list[dict[str, str]]],
) -> None:
    dangling: Counter[str] = Counter()
    for child, column, parent in REFERENCES:
        key = KEYS.get(parent[1], column)
        known = {row[key] for row in seeds[parent]}
        dangling.update(row[column] for row in seeds[child] if row[column] and row[column] not in known)

    assert dangling == UNKNOWN


def test_the_dirt_is_a_pinch() -> None:
    tables = invent_tables()
    planted = dirt.refused_rows(tables)
    everything = sum(map(len, tables.values()))

    assert all(count < 0.05 * len(tables[name]) for name, count in planted.items())
    assert 0.0005 < sum(planted.values()) / everything < 0.005


def test_no_text_has_a_double_quote(seeds: dict[TableName, list[dict[str, str]]]) -> None:
    """Guard a limit of dbt-duckdb, whose COPY of a seed guesses the escape from a sample."""
    assert not any('"' in value for rows in seeds.values() for row in rows for value in row.values())


def test_office_hours_count_only_when_the_office_is_open() -> None:
    vilnius = OfficeHours("Vilnius")

    # Friday 17:30 local, an hour of work: half today, half from Monday nine o'clock.
    friday = datetime(2025, 5, 9, 14, 30, tzinfo=UTC)
    assert vilnius.after(friday, 60) == datetime(2025, 5, 12, 6, 30, tzinfo=UTC)
    # The eve of Christmas closes at 13:00, then three holidays and a weekend follow.
    eve = datetime(2025, 12, 23, 10, 45, tzinfo=UTC)
    assert vilnius.after(eve, 30) == datetime(2025, 12, 29, 7, 15, tzinfo=UTC)
    # Longer hours from April 2026.
    assert vilnius.after(datetime(2026, 4, 1, 1, tzinfo=UTC), 0) == datetime(2026, 4, 1, 5, tzinfo=UTC)


def test_dice_are_fair_enough() -> None:
    dice = Dice(1, "test")
    normals = [dice.normal() for _ in range(4000)]
    counts = [dice.count(2.5) for _ in range(4000)]
    picks = Counter(dice.weighted({"a": 3, "b": 1}) for _ in range(4000))

    assert abs(sum(normals) / 4000) < 0.06
    assert abs(sum(value * value for value in normals) / 4000 - 1) < 0.1
    assert abs(sum(counts) / 4000 - 2.5) < 0.1
    assert 0.72 < picks["a"] / 4000 < 0.78
    some = dice.some("abcdef", 3)
    assert some == sorted(set(some))
    assert len(some) == 3
    assert dice.some("abc", 9) == ["a", "b", "c"]
