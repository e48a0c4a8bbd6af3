"""What the data looks like, in few enough numbers to keep: the next release is compared with the last by it.

A profile counts the rows of a table and, for a few columns, the rows of each category; it is published as
`quality.profiles`. The last release is an input of the checks that compare with it. Where there is none, or
one of a version without profiles, a build is compared with itself: such a check passes, and says the same.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy

from cx_warehouse.contract import RawTable
from cx_warehouse.database import BuildDatabase
from cx_warehouse.releases import public_rows
from cx_warehouse.workspace import Workspace

WHOLE_TABLE = "*"
# A column with more is no list of categories but text, whatever its name.
MOST_CATEGORIES = 200
COLUMNS = (
    ("subject", "text", "The table that is counted, with its schema."),
    ("column_name", "text", "The column whose categories are counted; * for the rows of the whole table."),
    ("category", "text", "A value of the column; null for rows without one."),
    ("row_count", "bigint", "Rows."),
)
DESCRIPTION = (
    "One row per table, profiled column and category: how many rows have it. What the next release is "
    "compared with, to see exports that shrank, columns that ran empty and categories that moved."
)
# Open lists, where a new name is worth a look; closed ones are in the contract as domains.
OPEN_CATEGORIES = {
    "crm.customers": ("segment", "country", "language"),
    "crm.subscriptions": ("plan", "product"),
    "helpdesk.tickets": ("channel", "topic", "team"),
    "surveys.responses": ("channel", "touchpoint"),
    "voice.reviews": ("platform",),
    "voice.mentions": ("platform",),
    "web.sessions": ("source", "device"),
}
MART_CATEGORIES = {
    "dim_customers": ("segment",),
    "fct_survey_answers": ("metric", "programme", "nps_class"),
    "fct_tickets": ("reply_outcome", "channel"),
    "fct_customer_months": ("movement",),
    "fct_churn_events": ("churn_type", "reason"),
}


@dataclass(frozen=True)
class Profile:
    """Rows of one table, and of each category of its profiled columns (None: no value)."""

    rows: int = 0
    columns: Mapping[str, Mapping[str | None, int]] = field(default_factory=dict)

    def categories(self, column: str) -> dict[str, int]:
        """The rows of each category of a column, by name; rows without a value are left out."""
        found = self.columns.get(column, {})
        return {name: found[name] for name in sorted(name for name in found if name is not None)}

    def counts(self) -> list[tuple[str, Mapping[str | None, int]]]:
        """What is kept of it: the whole table, then each column."""
        return [(WHOLE_TABLE, {None: self.rows}), *sorted(self.columns.items())]

    def without_texts(self) -> Profile:
        """The same without columns that have too many categories to be a list."""
        lists = {name: found for name, found in self.columns.items() if len(found) <= MOST_CATEGORIES}
        return Profile(self.rows, lists)

    def filled_share(self, column: str) -> float:
        """The share of rows that have a value."""
        filled = sum(self.categories(column).values())
        return filled / self.rows if self.rows else 0.0


def profiled_columns(delivered: Iterable[RawTable]) -> dict[str, tuple[str, ...]]:
    """The columns that are profiled, by table: closed and open lists of raw tables, a few of the marts."""
    raw = {f"staging.{table.model}": raw_categories(table) for table in delivered}
    return raw | {f"marts.{table}": columns for table, columns in MART_CATEGORIES.items()}


def raw_categories(table: RawTable) -> tuple[str, ...]:
    """The columns of a raw table that hold categories."""
    return tuple(
        column.name
        for column in table.columns
        if column.domain or column.name in OPEN_CATEGORIES.get(table.label, ())
    )


def profile_build(database: BuildDatabase, columns: Mapping[str, Sequence[str]]) -> dict[str, Profile]:
    """The profiles of the present build; a table or column that is not there has none."""
    rows: list[tuple[str, str, str | None, int]] = []
    for subject, names in columns.items():
        schema, table = subject.split(".")
        there = set(database.columns(schema, table))
        if not there:
            continue
        queries = [f"select '{WHOLE_TABLE}', cast(null as text), count(*) from {subject}"]  # noqa: S608 - names of the contract
        queries += [
            f"select '{name}', cast({name} as text), count(*) from {subject} group by {name}"  # noqa: S608 - names of the contract
            for name in names
            if name in there
        ]
        rows += [
            (subject, str(name), category, int(count))
            for name, category, count in database.rows(" union all ".join(queries))
        ]
    return {subject: profile.without_texts() for subject, profile in profiles_of(rows).items()}


def last_profiles(workspace: Workspace) -> dict[str, Profile]:
    """The profiles of the public release; none where there is no release or one of another version."""
    return profiles_of(
        public_rows(workspace, "select subject, column_name, category, row_count from quality.profiles")
    )


def profiles_of(rows: Iterable[tuple[Any, ...]]) -> dict[str, Profile]:
    """Profiles from the rows of `quality.profiles`."""
    totals: dict[str, int] = {}
    columns: dict[str, dict[str, dict[str | None, int]]] = defaultdict(lambda: defaultdict(dict))
    for subject, column, category, count in rows:
        if column == WHOLE_TABLE:
            totals[subject] = count
        else:
            columns[subject][column][category] = count
    return {subject: Profile(total, columns[subject]) for subject, total in totals.items()}


def write_profiles(
    database: BuildDatabase, profiles: Mapping[str, Profile], as_of: dt.datetime | None
) -> None:
    """Replace `quality.profiles`."""
    rows = [
        {"subject": subject, "column_name": column, "category": category, "row_count": count, "as_of": as_of}
        for subject, profile in sorted(profiles.items())
        for column, counts in profile.counts()
        for category, count in sorted(counts.items(), key=lambda item: (item[0] is None, item[0] or ""))
    ]
    declared = ", ".join(f"{name} {kind}" for name, kind, _ in COLUMNS)
    execute = database.connection.execute
    execute(sqlalchemy.text("create schema if not exists quality"))
    execute(sqlalchemy.text("drop table if exists quality.profiles"))
    execute(sqlalchemy.text(f"create table quality.profiles ({declared}, as_of timestamp)"))
    if rows:
        names = ", ".join(f":{name}" for name in rows[0])
        execute(sqlalchemy.text(f"insert into quality.profiles values ({names})"), rows)  # noqa: S608 - names of the contract
