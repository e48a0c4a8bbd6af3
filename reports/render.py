"""Render the report of a release: static pages, one file each, the same bytes for the same release."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.editions import edition_of
from reports.figures.measures import MART, Edition
from reports.figures.subjects import reason_labels
from reports.figures.trust import as_of
from reports.formats import Formats
from reports.numbers import Number, Printer, table_keys
from reports.pages import (
    churn,
    definitions,
    journey,
    nps,
    quality,
    response,
    satisfaction,
    summary,
    teams,
    voice,
)
from reports.pages.parts import Cell, Context, Table
from reports.release import TEXT_LETTERS, Release, opened, shortened
from reports.tables import file_of, tables_of, written
from reports.words import LANGUAGES, N_, NAMES, Words, file_name

Test = Callable[[Release, Edition], bool]


@dataclass(frozen=True)
class Page:
    """A page: its file, its name in the navigation, what builds it and whether the release can feed it."""

    id: str
    title: str
    build: Callable[[Context], dict[str, Any]]
    has_data: Test


def always(release: Release, edition: Edition) -> bool:
    """A page that every edition has."""
    return True


def filled(*marts: str) -> Test:
    """Whether any of these marts has a row of those whom the edition is about."""

    def test(release: Release, edition: Edition) -> bool:
        return any(release.any(mart, edition.whole()) for mart in marts)

    return test


def measured(*metrics: str) -> Test:
    """Whether any of these metrics has a value of those whom the edition is about."""
    return lambda release, edition: release.any(MART, edition.whole(metric=list(metrics)))


PAGES = (
    Page("index", N_("Summary"), summary.build, always),
    Page("nps", N_("NPS"), nps.build, filled("kpi_nps")),
    Page("satisfaction", N_("Satisfaction"), satisfaction.build, measured(*satisfaction.METRICS_SHOWN)),
    Page("churn", N_("Churn"), churn.build, filled("kpi_churn", "kpi_churn_reasons", "kpi_survival")),
    Page(
        "response",
        N_("Response times"),
        response.build,
        filled("kpi_response_times", "kpi_backlog", "kpi_sla"),
    ),
    Page("journey", N_("Journey"), journey.build, journey.has_data),
    Page("voice", N_("Voice of the customer"), voice.build, voice.has_data),
    Page("teams", N_("Teams"), teams.build, teams.has_data),
    Page("quality", N_("Data quality"), quality.build, always),
    Page("definitions", N_("Definitions"), definitions.build, always),
)


def render(
    release: Path,
    to: Path,
    languages: Sequence[str] = ("en",),
    *,
    period: str | None = None,
    segment: str | None = None,
) -> list[Path]:
    """Write the pages of a release file into a folder, each language beside the others; give their paths.

    Beside the pages stand their tables as CSV files. `period` is a month or quarter of the release, the
    latest complete month without it; `segment` limits the pages to one segment.

    Raises ValueError for a language there is no catalogue for and a period or segment that the release does
    not have, FileNotFoundError when there is no release.
    """
    unknown = [language for language in languages if language not in LANGUAGES]
    if unknown or not languages:
        raise ValueError(
            f"The report speaks {', '.join(LANGUAGES)}, not {', '.join(unknown) or 'no language'}: "
            "choose among these with --languages."
        )
    if not release.is_file():
        raise FileNotFoundError(f"There is no release at {release}: run `cx run` first.")
    chosen = list(dict.fromkeys(languages))
    files_written: list[Path] = []
    with opened(release) as source:
        edition = edition_of(source, period, segment)
        to.mkdir(parents=True, exist_ok=True)
        instant = as_of(source)
        pages = [page for page in PAGES if page.has_data(source, edition)]
        for language in chosen:
            context = make_context(source, language, edition)
            for page in pages:
                for name, text in render_page(context, page, pages, chosen, instant).items():
                    path = to / name
                    path.parent.mkdir(exist_ok=True)
                    path.write_text(text, encoding="utf-8", newline="")
                    files_written.append(path)
    return files_written


def make_context(release: Release, language: str, edition: Edition) -> Context:
    """What a page needs to speak a language about an edition of a release."""
    words = Words(language)
    formats = Formats(language, currency_of(release), edition.grain)
    return Context(
        release, words, formats, Printer(words, formats), edition, reason_labels(release, language)
    )


def currency_of(release: Release) -> str | None:
    """The currency of the release's money, when its registry names one."""
    rows = release.counts("dim_metrics", ("currency",)) if release.has("dim_metrics", "currency") else []
    found = {row.text("currency") for row in rows} - {""}
    return found.pop() if len(found) == 1 else None


def render_page(
    context: Context, page: Page, pages: Sequence[Page], languages: Sequence[str], instant: dt.datetime | None
) -> dict[str, str]:
    """One page and the tables beside it: their file names and texts."""
    words, language, edition = context.words, context.words.language, context.edition
    parts = page.build(context)
    text = (
        environment_of(language)
        .get_template(f"{page.id}.html")
        .render(
            page=parts,
            page_id=page.id,
            page_title=words.gettext(page.title),
            pages=[
                {"id": one.id, "title": words.gettext(one.title), "href": file_name(one.id, language)}
                for one in pages
            ],
            languages=[
                {"language": one, "name": NAMES[one], "href": file_name(page.id, one)} for one in languages
            ],
            language=language,
            month=f"{edition.start:%Y-%m}",
            month_words=context.now,
            month_heading=context.say("{month}", month=context.now),
            segment=edition.segment,
            published=published(context, instant),
            release_id=context.release.identity,
            as_of="" if instant is None else instant.isoformat(),
            csv_file=lambda table: file_of(page.id, table, language),
            style=Markup(style()),  # noqa: S704 - the package's own file
            script=Markup(script()),  # noqa: S704 - the package's own file
            policy=policy(),
        )
    )
    found: dict[str, str] = {file_name(page.id, language): text}
    for table in tables_of(parts):
        found[file_of(page.id, table, language)] = written(table)
    return found


def published(context: Context, instant: dt.datetime | None) -> Markup:
    """The line under the title: how far the data goes."""
    if instant is None:
        return context.say(N_("The release holds no data."))
    return context.say(
        N_("Data until {instant} · each change compares with the period before"),
        instant=context.formats.instant(instant),
    )


@cache
def environment_of(language: str) -> Environment:
    """The templates with a language's words."""
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        finalize=lambda value: shortened(value, TEXT_LETTERS) if type(value) is str else value,
    )
    words = Words(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        words.gettext, words.ngettext, newstyle=False
    )
    environment.tests["cell_like"] = lambda value: isinstance(value, Cell)
    environment.tests["number_like"] = lambda value: isinstance(value, Number)
    environment.tests["table_like"] = lambda value: isinstance(value, Table)
    environment.filters["table_keys"] = table_keys
    return environment


@cache
def style() -> str:
    """The style sheet with its fonts inside."""
    assets = files("reports") / "assets"
    dark = (assets / "dark.css").read_text(encoding="utf-8").strip()
    css = (assets / "report.css").read_text(encoding="utf-8").replace("DARK", dark)
    fonts = "".join(
        f"@font-face{{font-family:'{family}';font-weight:{weight};font-display:swap;"
        f"src:url(data:font/woff2;base64,{encoded(name)}) format('woff2')}}\n"
        for family, weight, name in (
            ("Report Sans", "400 700", "report-sans.woff2"),
            ("Report Serif", "600", "report-serif.woff2"),
        )
    )
    return fonts + css


def encoded(name: str) -> str:
    """A font file in base64."""
    return base64.b64encode((files("reports") / "assets" / "fonts" / name).read_bytes()).decode()


@cache
def script() -> str:
    """The optional script, without the indentation of its source."""
    text = (files("reports") / "assets" / "report.js").read_text(encoding="utf-8")
    return re.sub(r"\n\s*", "\n", text).strip()


@cache
def policy() -> str:
    """The content security policy: this style and this script by their hashes, and nothing else."""

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return (
        f"default-src 'none'; style-src 'sha256-{digest(style())}'; script-src 'sha256-{digest(script())}'; "
        "font-src data:; base-uri 'none'; form-action 'none'"
    )
