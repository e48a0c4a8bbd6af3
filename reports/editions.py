"""Which edition of the report: its period and whom it is about, checked against the release."""

from __future__ import annotations

import datetime as dt
import re

from reports.figures.measures import KEY, MART, Edition, reporting_month
from reports.figures.trust import as_of
from reports.release import Release

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
QUARTER = re.compile(r"(\d{4})-Q([1-4])")
# Pages of a release without measures still name a month: that of its as_of, else this one.
NO_MONTH = dt.date(2000, 1, 1)


def edition_of(release: Release, period: str | None = None, segment: str | None = None) -> Edition:
    """The edition asked for; without a period that of the latest complete month.

    Raises ValueError, in a sentence for the user, for a period or a segment that the release does not have.
    """
    latest = reporting_month(release) or last_month(as_of(release))
    edition = Edition(latest) if period is None else past_edition(release, period, latest)
    if segment is None:
        return edition
    known = segments(release)
    if segment not in known:
        have = f"it has {', '.join(known)}" if known else "it has none"
        raise ValueError(f"The release has no segment {segment}; {have}.")
    return Edition(edition.start, edition.grain, segment, edition.is_latest)


def past_edition(release: Release, period: str, latest: dt.date) -> Edition:
    """The edition of a month (`2026-09`) or a quarter (`2026-Q3`) that the release has measures of."""
    if found := MONTH.fullmatch(period):
        edition = Edition(dt.date(int(found[1]), int(found[2]), 1), is_latest=False)
    elif found := QUARTER.fullmatch(period):
        edition = Edition(dt.date(int(found[1]), int(found[2]) * 3 - 2, 1), "quarter", is_latest=False)
    else:
        raise ValueError(f"The period {period} is not a month like 2026-09 or a quarter like 2026-Q3.")
    rows = release.rows(MART, (), KEY, Edition(edition.start, edition.grain).own())
    starts = {day for row in rows if (day := row.date("period_start")) is not None}
    if edition.start not in starts:
        span = f"its months are {min(starts):%Y-%m} to {max(starts):%Y-%m}" if starts else "it has none"
        if edition.grain == "quarter" and starts:
            span = f"its quarters are {quarter(min(starts))} to {quarter(max(starts))}"
        raise ValueError(f"The release has no measures of {period}; {span}.")
    is_latest = edition.grain == "month" and edition.start == latest
    return Edition(edition.start, edition.grain, None, is_latest)


def quarter(start: dt.date) -> str:
    """A quarter as users name it, `2026-Q3`."""
    return f"{start:%Y}-Q{(start.month + 2) // 3}"


def segments(release: Release) -> list[str]:
    """The segments that the release measures."""
    rows = release.rows(MART, (), ("dimension_value",), {"dimension": "segment"})
    return sorted({row.text("dimension_value") for row in rows} - {"unknown"})


def last_month(instant: dt.datetime | None) -> dt.date:
    """The month that the last instant before as_of lies in."""
    if instant is None:
        return NO_MONTH
    return (instant - dt.timedelta(microseconds=1)).date().replace(day=1)


def folder_name(period: str | None, segment: str | None) -> str:
    """Where the pages of an edition stand beneath the current report, `2026-Q3-mid-market`; empty for it."""
    parts = [] if period is None else [period]
    if segment is not None:
        parts.append(re.sub(r"[^\w]+", "-", segment.lower()).strip("-") or "segment")
    return "-".join(parts)
