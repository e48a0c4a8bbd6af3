"""What customers write: themes, verbatims and the cases opened for the unhappy."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from reports.figures.measures import GRAINS, Edition
from reports.figures.subjects import Period, best_period, is_of
from reports.release import Filter, Release, Row, Span

THEMES = "kpi_comment_themes"
THEME_KEY = ("source", "theme", "period_grain", "period_start", "dimension", "dimension_value")
THEME_COLUMNS = (
    "base",
    "publish_status",
    "named",
    "liked",
    "disliked",
    "theme_share",
    "ci_low",
    "ci_high",
    "like_share",
    "dislike_share",
    "previous_share",
    "change",
    "change_ci_low",
    "change_ci_high",
    "p_adjusted",
    "signal",
    "nps_base",
    "nps",
    "nps_ci_low",
    "nps_ci_high",
    "others_nps",
    "nps_impact",
    "nps_impact_ci_low",
    "nps_impact_ci_high",
    "nps_impact_signal",
)
# The row that counts the texts with any theme: the coverage of the dictionary.
ANY_THEME = "any"
SOURCES = ("survey", "review", "mention")
COMMENT_COLUMNS = ("response_id", "channel", "language", "text", "sentiment", "commented_date")
MOST_QUOTES = 6
# Fewer texts than this say who wrote them.
LEAST_TEXTS = 5
CLASSES = ("detractor", "passive", "promoter")


@dataclass(frozen=True)
class Themes:
    """The themes of one source in one period, most named first, and the row of any theme."""

    source: str
    period: Period
    coverage: Row
    rows: tuple[Row, ...]


def themes(release: Release, source: str, edition: Edition) -> Themes | None:
    """The themes of a source in its shortest reliable period."""
    rows = release.rows(THEMES, THEME_COLUMNS, THEME_KEY, edition.whole(source=source))
    heads = [row for row in rows if row.text("theme") == ANY_THEME]
    period = best_period(heads, edition)
    if period is None:
        return None
    own = [
        row
        for row in rows
        if row.text("period_grain") == period.grain and row.date("period_start") == period.start
    ]
    coverage = next(row for row in own if row.text("theme") == ANY_THEME)
    named = [row for row in own if row is not coverage]
    named.sort(key=lambda row: (-(row.number("named") or 0.0), row.text("theme")))
    return Themes(source, period, coverage, tuple(named))


@dataclass(frozen=True)
class Impacts:
    """What the themes of survey comments do to the NPS in one period, largest effect first."""

    period: Period
    rows: tuple[Row, ...]


# A theme is compared with the others: one alone says nothing of what weighs most.
LEAST_THEMES = 2


def impacts(release: Release, edition: Edition) -> Impacts | None:
    """The effects of themes in the shortest period that can judge two of them; none where none can."""
    rows = [
        row
        for row in release.rows(THEMES, THEME_COLUMNS, THEME_KEY, edition.whole(source="survey"))
        if row.text("theme") != ANY_THEME and row.number("nps_impact") is not None
    ]
    for grain in GRAINS:
        period = best_period([row for row in rows if row.text("period_grain") == grain], edition)
        own = [row for row in rows if period is not None and is_of(row, period)]
        if period is not None and len([row for row in own if row.text("nps_impact_signal")]) >= LEAST_THEMES:
            own.sort(key=lambda row: (-abs(row.number("nps_impact") or 0.0), row.text("theme")))
            return Impacts(period, tuple(own))
    return None


@dataclass(frozen=True)
class Quote:
    """A text with the score its writer gave, if any."""

    comment: Row
    score: Row | None


def quotes(release: Release, edition: Edition) -> list[Quote]:
    """A few texts of the period: detractors, passives and promoters in turn, drawn by a hash."""
    where: dict[str, Filter] = {"commented_date": Span(edition.start, edition.end)}
    if edition.segment is not None:
        where["segment"] = edition.segment
    comments = release.rows("fct_comments", COMMENT_COLUMNS, ("comment_id",), where)
    if len(comments) < LEAST_TEXTS:
        return []
    responses = [row.text("response_id") for row in comments if row.text("response_id")]
    scores = release.rows(
        "fct_survey_answers",
        ("score", "nps_class", "response_id"),
        ("response_id", "question_id", "answer_no"),
        {"metric": "nps", "response_id": responses},
    )
    by_response = {row.text("response_id"): row for row in scores}
    strata: dict[str, list[Quote]] = {}
    for row in sorted(comments, key=lambda row: drawn(row.text("comment_id"))):
        score = by_response.get(row.text("response_id"))
        name = "" if score is None else score.text("nps_class")
        strata.setdefault(name, []).append(Quote(row, score))
    chosen: list[Quote] = []
    names = [name for name in CLASSES if name in strata] or sorted(strata)
    while len(chosen) < MOST_QUOTES and any(strata[name] for name in names):
        chosen += [strata[name].pop(0) for name in names if strata[name]]
    return chosen[:MOST_QUOTES]


def drawn(key: str) -> str:
    """A place in a lottery that nobody can choose and every build draws alike."""
    return hashlib.sha256(key.encode()).hexdigest()


def has_voice(release: Release, edition: Edition) -> bool:
    """Whether anybody the edition is about has written or been followed up."""
    own: dict[str, str] = {} if edition.segment is None else {"segment": edition.segment}
    return release.any("fct_comments", own) or any(
        release.any(mart, edition.whole()) for mart in (THEMES, "kpi_closed_loop")
    )


def disliked(rows: Sequence[Row], column: str) -> list[Row]:
    """The themes with this polarity, most of it first."""
    found = [row for row in rows if (row.number(column) or 0.0) > 0]
    return sorted(found, key=lambda row: (-(row.number(column) or 0.0), row.text("theme")))
