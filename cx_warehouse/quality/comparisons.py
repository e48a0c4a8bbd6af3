"""What Great Expectations expects of a build beside the last release: volume, freshness, categories, gaps.

Every one of these is a warning. A table may rightly shrink or a price list change, and nothing in the data
tells that from an export that broke off; so it is said in the report, and a person decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import great_expectations.expectations as gxe

from cx_warehouse.contract import RawTable
from cx_warehouse.quality.engine import Check, TableSuite
from cx_warehouse.quality.profiles import MART_CATEGORIES, Profile, raw_categories
from cx_warehouse.quality.suites import WARNING, fresh

# Tables that grow whenever the business works, and when their rows happened.
EVENT_INSTANTS = {
    "crm.orders": "ordered_at",
    "crm.touchpoints": "occurred_at",
    "helpdesk.tickets": "created_at",
    "helpdesk.ticket_events": "occurred_at",
    "helpdesk.ticket_messages": "sent_at",
    "surveys.invitations": "sent_at",
    "surveys.responses": "responded_at",
    "voice.reviews": "posted_at",
    "voice.mentions": "posted_at",
    "web.sessions": "started_at",
    "web.events": "occurred_at",
}
# Kullback-Leibler divergence in nats: a half that becomes 72 of 100.
MOST_DRIFT = 0.1
# A category that the last release did not have counts as one row in a thousand of it.
NEW_CATEGORY = 0.001
LOST_SHARE = 0.1

Profiles = Mapping[str, Profile]


def raw_suites(delivered: Iterable[RawTable], last: Profiles, present: Profiles) -> list[TableSuite]:
    """The raw tables as they came in: as many rows, as fresh, as complete and as mixed as before."""
    suites = []
    for table in delivered:
        subject = f"staging.{table.model}"
        checks = comparisons(subject, raw_categories(table), last, present)
        if table.label in EVENT_INSTANTS:
            checks.append(fresh(EVENT_INSTANTS[table.label]))
        suites.append(TableSuite("raw intake", "staging", table.model, tuple(checks)))
    return suites


def release_suites(last: Profiles, present: Profiles) -> list[TableSuite]:
    """The marts as they would be released: what leadership sees moves for a reason, not by accident."""
    return [
        TableSuite("release", "marts", table, tuple(comparisons(f"marts.{table}", columns, last, present)))
        for table, columns in MART_CATEGORIES.items()
    ]


def comparisons(subject: str, columns: Sequence[str], last: Profiles, present: Profiles) -> list[Check]:
    """One table beside the last release's; beside itself where the last release did not have it."""
    before = last.get(subject) or present.get(subject) or Profile()
    now = present.get(subject) or Profile()
    checks = [volume(before)]
    for column in columns:
        if column not in now.columns:
            continue
        compared = before if before.categories(column) else now
        checks.append(filled(column, compared))
        if compared.categories(column):
            checks.append(drift(column, compared, now))
            checks.append(no_new_categories(column, compared))
    return checks


def volume(before: Profile) -> Check:
    """Neither half an export nor one that came several times over."""
    return Check(
        "volume",
        "between half and three times the rows of the last release, if there is one",
        gxe.ExpectTableRowCountToBeBetween(
            min_value=math.ceil(before.rows / 2), max_value=3 * max(before.rows, 10), severity=WARNING
        ),
        is_compared=True,
    )


def filled(column: str, before: Profile) -> Check:
    """A column that was filled does not run empty."""
    return Check(
        f"filled:{column}",
        f"{column} filled in at most 10 points fewer of the rows than in the last release, if there is one",
        gxe.ExpectColumnProportionOfNonNullValuesToBeBetween(
            column=column, min_value=max(before.filled_share(column) - LOST_SHARE, 0.0), severity=WARNING
        ),
        is_compared=True,
    )


def drift(column: str, before: Profile, now: Profile) -> Check:
    """The mix of categories is the last release's, beyond what so few rows do by chance."""
    counts = before.categories(column)
    total = sum(counts.values())
    rows = sum(now.categories(column).values())
    by_chance = len(counts) / min(total, max(rows, 1))
    return Check(
        f"drift:{column}",
        f"{column} mixed as in the last release, if there is one "
        f"(divergence at most {MOST_DRIFT} and what chance does)",
        gxe.ExpectColumnKLDivergenceToBeLessThan(
            column=column,
            partition_object={
                "values": list(counts),
                "weights": [count / total for count in counts.values()],
            },
            threshold=MOST_DRIFT + by_chance,
            tail_weight_holdout=NEW_CATEGORY,
            severity=WARNING,
        ),
        is_compared=True,
    )


def no_new_categories(column: str, before: Profile) -> Check:
    """A name that the last release did not know is new, or misspelt."""
    return Check(
        f"known:{column}",
        f"{column} one of the last release's, if there is one",
        gxe.ExpectColumnDistinctValuesToBeInSet(
            column=column, value_set=list(before.categories(column)), severity=WARNING
        ),
        is_compared=True,
    )
