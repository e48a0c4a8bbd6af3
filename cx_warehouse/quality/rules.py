"""Rules over the whole build: raw rows add up, and not too many of them were refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cx_warehouse.database import BuildDatabase
from cx_warehouse.quality.results import CheckResult


@dataclass(frozen=True)
class TableRows:
    """What became of the rows of one raw table."""

    system: str
    table: str
    raw: int
    accepted: int
    rejected: int
    superseded: int
    is_delivered: bool

    @property
    def label(self) -> str:
        """`crm.customers`."""
        return f"{self.system}.{self.table}"

    @property
    def rejected_share(self) -> float:
        """Rejected rows among those judged on their own; superseded rows do not count (CLARIFICATIONS C4)."""
        judged = self.accepted + self.rejected
        return self.rejected / judged if judged else 0.0


def table_rows(database: BuildDatabase) -> list[TableRows]:
    """The build's `quality.row_reconciliation`."""
    return [
        TableRows(*row)
        for row in database.rows(
            "select system, table_name, raw_rows, accepted_rows, rejected_rows, superseded_rows, "
            "is_delivered from quality.row_reconciliation order by system, table_name"
        )
    ]


def reconciliation_results(tables: Sequence[TableRows], contract: Iterable[str]) -> list[CheckResult]:
    """For every raw table of the contract: raw = accepted + rejected + superseded."""
    found = {table.label: table for table in tables}
    results = []
    for label in sorted({*contract, *found}):
        table = found.get(label)
        parts = None if table is None else (table.accepted, table.rejected, table.superseded)
        is_even = table is not None and parts is not None and table.raw == sum(parts)
        results.append(
            CheckResult(
                check_id=f"reconciliation:{label}",
                kind="reconciliation",
                suite="row counts",
                subject=label,
                expectation="rows_add_up",
                severity="critical",
                status="pass" if is_even else "error" if table is None else "fail",
                observed=None if table is None else f"{table.raw} raw rows",
                expected=None
                if parts is None
                else f"{parts[0]} accepted + {parts[1]} rejected + {parts[2]} superseded",
                message=None
                if is_even
                else f"{label} is not reconciled at all."
                if table is None
                else f"{label} does not add up: {table.raw} raw rows came in, "
                f"{sum(parts or ())} are accounted for.",
            )
        )
    return results


def rejected_share_results(
    database: BuildDatabase, tables: Sequence[TableRows], limit: float
) -> list[CheckResult]:
    """The release rule `max_rejected_share` for every delivered table (CLARIFICATIONS C4)."""
    results = []
    for table in tables:
        if not table.is_delivered:
            continue
        is_within = table.rejected_share <= limit
        results.append(
            CheckResult(
                check_id=f"release_rule:max_rejected_share:{table.label}",
                kind="release_rule",
                suite="rules",
                subject=table.label,
                expectation="max_rejected_share",
                severity="critical",
                status="pass" if is_within else "fail",
                observed=f"{table.rejected_share:.4f}",
                expected=f"at most {limit:g}",
                message=None
                if is_within
                else f"{table.label}: {table.rejected_share:.1%} of its rows were rejected, more than "
                f"max_rejected_share allows ({limit:.1%}): {first_reasons(database, table)}.",
            )
        )
    return results


def first_reasons(database: BuildDatabase, table: TableRows) -> str:
    """The commonest reasons a table's rows were rejected for, with their counts."""
    reasons = database.rows(
        "select reason, count(*) as rejected from quality.rejected_rows "  # noqa: S608 - contract names
        f"where system = '{table.system}' and table_name = '{table.table}' "
        "group by reason order by 2 desc, 1 limit 3"
    )
    return ", ".join(f"{reason} ({rejected})" for reason, rejected in reasons)


def built_result(unbuilt: Sequence[str]) -> CheckResult:
    """The release rule that every model of the project was built by this run."""
    return CheckResult(
        check_id="release_rule:every_model_is_built",
        kind="release_rule",
        suite="rules",
        subject="project",
        expectation="every_model_is_built",
        severity="critical",
        status="fail" if unbuilt else "pass",
        observed=f"{len(unbuilt)} not built",
        expected="0 not built",
        message=f"Not built, because something before them failed: {', '.join(unbuilt)}."
        if unbuilt
        else None,
    )
