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

from reports.figures.measures import KEY, MART, reporting_month
from reports.figures.subjects import reason_labels
from reports.figures.trust import as_of
from reports.formats import Formats
from reports.numbers import Number, Printer, table_keys
from reports.pages import churn, nps, quality, response, satisfaction, summary
from reports.pages.parts import Cell, Context
from reports.release import Release, opened
from reports.words import LANGUAGES, N_, NAMES, Words

# Pages of a release without measures still name a month: that of its as_of, else this one.
NO_MONTH = dt.date(2000, 1, 1)


@dataclass(frozen=True)
class Page:
    """A page: its file, its name in the navigation, what builds it and whether the release can feed it."""

    id: str
    title: str
    build: Callable[[Context], dict[str, Any]]
    has_data: Callable[[Release], bool]


def filled(*marts: str) -> Callable[[Release], bool]:
    """Whether any of these marts has a row."""
    return lambda release: any(release.count(mart) for mart in marts)


PAGES = (
    Page("index", N_("Summary"), summary.build, lambda release: True),
    Page("nps", N_("NPS"), nps.build, filled("kpi_nps")),
    Page(
        "satisfaction",
        N_("Satisfaction"),
        satisfaction.build,
        lambda release: bool(
            release.rows(MART, (), KEY, {"metric": ["csi", "csat_t2b", "ces_5", "ces2_pct"]})
        ),
    ),
    Page("churn", N_("Churn"), churn.build, filled("kpi_churn", "kpi_churn_reasons", "kpi_survival")),
    Page(
        "response",
        N_("Response times"),
        response.build,
        filled("kpi_response_times", "kpi_backlog", "kpi_sla"),
    ),
    Page("quality", N_("Data and definitions"), quality.build, lambda release: True),
)


def render(release: Path, to: Path, languages: Sequence[str] = ("en",)) -> list[Path]:
    """Write the pages of a release file into a folder, each language beside the others; give their paths.

    Raises ValueError for a language there is no catalogue for, FileNotFoundError when there is no release.
    """
    unknown = [language for language in languages if language not in LANGUAGES]
    if unknown or not languages:
        raise ValueError(
            f"The report speaks {', '.join(LANGUAGES)}, not {', '.join(unknown) or 'no language'}: "
            "choose among these with --languages."
        )
    if not release.is_file():
        raise FileNotFoundError(f"There is no release at {release}: run `cx run` first.")
    to.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    with opened(release) as source:
        instant = as_of(source)
        month = reporting_month(source) or last_month(instant)
        pages = [page for page in PAGES if page.has_data(source)]
        for language in dict.fromkeys(languages):
            context = make_context(source, language, month)
            for page in pages:
                path = to / file_name(page.id, language)
                text = render_page(context, page, pages, list(dict.fromkeys(languages)), instant)
                path.write_text(text, encoding="utf-8", newline="\n")
                written.append(path)
    return written


def last_month(instant: dt.datetime | None) -> dt.date:
    """The month that the last instant before as_of lies in."""
    if instant is None:
        return NO_MONTH
    return (instant - dt.timedelta(microseconds=1)).date().replace(day=1)


def make_context(release: Release, language: str, month: dt.date) -> Context:
    """What a page needs to speak a language about a release's month."""
    words = Words(language)
    formats = Formats(language, currency_of(release))
    return Context(release, words, formats, Printer(words, formats), month, reason_labels(release, language))


def currency_of(release: Release) -> str | None:
    """The reporting currency when a mart names it."""
    for mart in ("kpi_mrr_bridge", "kpi_churn_reasons", "kpi_metric_values"):
        rows = release.rows(mart, ("currency",), ("currency",)) if release.has(mart, "currency") else []
        found = {row.text("currency") for row in rows} - {""}
        if len(found) == 1:
            return found.pop()
    return None


def file_name(page: str, language: str) -> str:
    """`index.html`, `index.ru.html`."""
    return f"{page}.html" if language == "en" else f"{page}.{language}.html"


def render_page(
    context: Context, page: Page, pages: Sequence[Page], languages: Sequence[str], instant: dt.datetime | None
) -> str:
    """One page as text."""
    words, language = context.words, context.words.language
    environment = environment_of(language)
    template = environment.get_template(f"{page.id}.html")
    return template.render(
        page=page.build(context),
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
        month=f"{context.month:%Y-%m}",
        month_words=context.formats.month(context.month),
        published=published(context, instant),
        release_id=context.release.identity,
        as_of="" if instant is None else instant.isoformat(),
        style=Markup(style()),  # noqa: S704 - the package's own file
        script=Markup(script()),  # noqa: S704 - the package's own file
        policy=policy(),
    )


def published(context: Context, instant: dt.datetime | None) -> Markup:
    """The line under the title: how far the data goes."""
    if instant is None:
        return context.say(N_("The release holds no data."))
    return context.say(
        N_("Data until {instant} · each change compares with the month before"),
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
    )
    words = Words(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        words.gettext, words.ngettext, newstyle=False
    )
    environment.tests["cell_like"] = lambda value: isinstance(value, Cell)
    environment.tests["number_like"] = lambda value: isinstance(value, Number)
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
