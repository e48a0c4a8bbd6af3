"""The pages as files: the same bytes, nothing from outside, every number traceable."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import duckdb
import pytest
import report_fixture as fabricated
from lxml import html

from reports.figures.measures import reporting_month
from reports.formats import Formats
from reports.release import opened
from reports.render import PAGES as PAGES_OF_REPORT
from reports.render import file_name, render

LANGUAGES = ("en", "ru", "lt")
PAGES = (
    "index",
    "nps",
    "satisfaction",
    "churn",
    "response",
    "journey",
    "voice",
    "teams",
    "quality",
    "definitions",
)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fabricated.write(tmp_path_factory.mktemp("release") / "cx.duckdb", fabricated.demo())


@pytest.fixture(scope="module")
def timed(release: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """Every page in every language, with the tables beside them, and the seconds of work they took."""
    to = tmp_path_factory.mktemp("reports")
    before = time.process_time()
    render(release, to, LANGUAGES)
    return to, time.process_time() - before


@pytest.fixture(scope="module")
def folder(timed: tuple[Path, float]) -> Path:
    """Where they are."""
    return timed[0]


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, str]:
    """Every page in every language by its file name."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}


def rendered(
    tmp_path: Path,
    rows: fabricated.Rows,
    languages: tuple[str, ...] = ("en",),
    *,
    every_page: bool = False,
    **options: Any,
) -> dict[str, str]:
    """The first page of a fabricated release, or every page."""
    path = fabricated.write(tmp_path / "edge.duckdb", rows, **options)
    chosen = PAGES_OF_REPORT if every_page else PAGES_OF_REPORT[:1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reports.render.PAGES", chosen)
        found = render(path, tmp_path / "out", languages)
        return {p.name: p.read_text(encoding="utf-8") for p in found if p.suffix == ".html"}


def words(text: str) -> str:
    """What a reader sees of a page, spaces as spaces."""
    tree = html.fromstring(text)
    for element in tree.xpath("//style|//script|//desc|//title"):
        element.drop_tree()
    return " ".join(tree.text_content().replace("\u00a0", " ").replace("\u202f", " ").split())


def card(text: str, card_id: str) -> str:
    """What a reader sees of one card."""
    found = html.fromstring(text).get_element_by_id(f"card-{card_id}")
    return " ".join(found.text_content().replace("\u00a0", " ").split())


def test_every_page_is_there_in_every_language(pages: dict[str, str]) -> None:
    assert set(pages) == {file_name(page, language) for page in PAGES for language in LANGUAGES}


def test_the_same_release_gives_the_same_bytes_in_another_zone_and_in_good_time(
    release: Path, folder: Path, tmp_path: Path
) -> None:
    script = (
        "import sys; from pathlib import Path; from reports.render import render; "
        "render(Path(sys.argv[1]), Path(sys.argv[2]), ('en', 'ru', 'lt'))"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(release), str(tmp_path / "there")],
        check=True,
        env={**os.environ, "TZ": "America/Los_Angeles", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "7"},
        timeout=300,
    )
    names = sorted(path.relative_to(folder) for path in folder.rglob("*.*"))
    assert names == sorted(path.relative_to(tmp_path / "there") for path in (tmp_path / "there").rglob("*.*"))
    for name in names:
        assert (folder / name).read_bytes() == (tmp_path / "there" / name).read_bytes(), name


def test_the_pages_of_three_languages_take_less_than_a_minute(timed: tuple[Path, float]) -> None:
    folder, seconds = timed
    assert len(list(folder.glob("*.html"))) == 30
    assert seconds < 60


def test_no_label_of_a_drawing_is_cut_and_no_drawing_has_a_page_wide_tooltip(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        for chart in re.findall(r"<svg viewBox.*?</svg>", text, re.DOTALL):
            labels = re.findall(r"<text[^>]*>([^<]*)</text>", chart)
            assert labels, name
            assert not [label for label in labels if "…" in label], name
            assert "aria-label=" not in chart
            assert not re.match(r"<svg[^>]*><title>", chart), (
                "a title of the whole would be a page-wide tooltip"
            )


def test_the_order_of_rows_in_the_file_does_not_matter(tmp_path: Path) -> None:
    rows = fabricated.demo()
    one = rendered(tmp_path / "a", rows)
    other = rendered(tmp_path / "b", {mart: list(reversed(found)) for mart, found in rows.items()})
    assert one == other


def test_pages_charts_and_scripts_stay_small(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        assert len(text.encode()) <= 250_000, name
        for chart in re.findall(r"<svg viewBox.*?</svg>", text, re.DOTALL):
            assert len(chart.encode()) <= 15_000, name
        assert len(re.findall(r"<script>(.*?)</script>", text, re.DOTALL)[0].encode()) <= 2_000


def test_nothing_points_outside_the_page(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//|url\((?!data:|#)|@import""", text), name
        assert text.count("<script") == 1
        assert " style=" not in text, "the policy forbids style attributes"
        assert not re.search(r"\son\w+=", re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)), name


def test_ids_are_unique_and_links_and_references_resolve(pages: dict[str, str], folder: Path) -> None:
    for name, text in pages.items():
        tree = html.fromstring(text)
        ids = tree.xpath("//@id")
        assert len(ids) == len(set(ids)), name
        for link in tree.xpath("//a/@href|//link/@href"):
            file, _, anchor = link.partition("#")
            there = html.fromstring(pages[file]).xpath("//@id") if anchor and file else ids
            found = anchor in there if anchor else (folder / link).is_file()
            assert found, (name, link)
        for attribute in ("aria-labelledby", "aria-describedby"):
            for value in tree.xpath(f"//@{attribute}"):
                assert set(value.split()) <= set(ids), (name, value)


def test_a_page_says_its_release_its_instant_and_its_language(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        tree = html.fromstring(text)
        assert tree.get("lang") == (name.split(".")[1] if name.count(".") > 1 else "en")
        assert tree.xpath("//meta[@name='cx-as-of']/@content") == ["2026-11-05T06:00:00"]
        assert tree.xpath("//meta[@name='cx-release']/@content") == ["00ff00ff00ff00ff"]


def test_headings_follow_each_other_without_gaps(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        levels = [
            int(tag[1])
            for tag in html.fromstring(text).xpath(
                "//*[self::h1 or self::h2 or self::h3 or self::h4]/@class/..|//h1|//h2|//h3|//h4"
            )
            for tag in [tag.tag]
        ]
        assert levels[0] == 1, name
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels)), (
            name,
            levels,
        )


def traced(text: str) -> list[tuple[str, str, str, str]]:
    """Every traceable number of a page: address, column, exact value, printed text."""
    found = []
    for element in html.fromstring(text).xpath("//data"):
        keyed = element.xpath("ancestor-or-self::*[@data-key][1]")[0]
        address = keyed.get("data-key")
        row = element.xpath("ancestor::*[@data-row][1]")
        if row and keyed.tag == "table":
            address += (
                ("&" if "?" in address else "") + row[0].get("data-row").lstrip("?")
                if "?" in address
                else row[0].get("data-row")
            )
        assert element.xpath("ancestor-or-self::*[@data-metric]"), "every number names its metric"
        column = element.get("data-column") or column_of(element)
        found.append((address, column, element.get("value"), element.text_content()))
    return found


def column_of(element: html.HtmlElement) -> str:
    """The mart's column that the heading over a number of a table names."""
    (cell,) = element.xpath("ancestor::*[self::td or self::th][1]")
    place = len(cell.xpath("preceding-sibling::*"))
    return str(cell.xpath("ancestor::table[1]/thead/tr/*")[place].get("data-column"))


def requeried(connection: duckdb.DuckDBPyConnection, address: str, column: str) -> list[Any]:
    """The value that an address and a column lead to, straight from the release.

    The column `rows` is the number of rows that the address selects.
    """
    mart, _, query = address.partition("?")
    key = parse_qsl(query, keep_blank_values=True)
    table = mart if "." in mart else f"marts.{mart}"
    conditions = []
    for name, _ in key:
        field, _, kind = name.partition(".")
        conditions.append(
            f'"{field}" >= ?'
            if kind == "from"
            else f'"{field}" < ?'
            if kind == "before"
            else f'cast("{field}" as text) = ?'
        )
    rows = connection.execute(
        f"select {'count(*)' if column == 'rows' else chr(34) + column + chr(34)} from {table} "
        f"where {' and '.join(conditions) or 'true'}",
        [value for _, value in key],
    ).fetchall()
    return [row[0] for row in rows]


def test_every_number_is_found_again_in_the_release_by_its_key(release: Path, pages: dict[str, str]) -> None:
    connection = duckdb.connect(str(release), read_only=True)
    cache: dict[tuple[str, str], list[Any]] = {}
    counted = 0
    for name, text in pages.items():
        for address, column, value, _ in traced(text):
            if (address, column) not in cache:
                cache[address, column] = requeried(connection, address, column)
            found = cache[address, column]
            assert len(found) == 1, (name, address, column)
            assert float(value) == pytest.approx(float(found[0]), rel=1e-10), (name, address, column)
            counted += 1
    connection.close()
    assert counted > 600 * len(LANGUAGES)


def test_what_is_printed_is_the_value_of_the_attribute(pages: dict[str, str]) -> None:
    """Counts and shares are read back from their text in every language."""
    for name, text in pages.items():
        formats = Formats(html.fromstring(text).get("lang"))
        for _, column, value, shown in traced(text):
            if column == "base":
                assert shown == formats.number(float(value)), name
            if column in ("share", "cumulative_share"):
                assert shown in [formats.percent(float(value), decimals) for decimals in (0, 1, 2)], name


def test_numbers_of_headlines_are_those_of_the_card(pages: dict[str, str]) -> None:
    tree = html.fromstring(pages["index.html"])
    card_value = tree.get_element_by_id("card-nps").xpath(".//p[@class='value']/data")[0]
    headline = tree.get_element_by_id("f-nps-h")
    assert headline.xpath(".//data[@data-column='value']")[0].text == card_value.text
    assert headline.xpath(".//data[@data-column='value']/@value")[0] == card_value.get("value")


def test_beyond_chance_is_said_exactly_where_the_mart_signals(release: Path, pages: dict[str, str]) -> None:
    connection = duckdb.connect(str(release), read_only=True)
    said = 0
    for element in html.fromstring(pages["index.html"]).xpath("//li[@data-state]"):
        signal = requeried(connection, element.get("data-key"), "signal")
        claims = "beyond chance" in element.text_content()
        assert claims == (signal[0] in ("up", "down")), element.get("id")
        said += claims
    connection.close()
    assert said == 3


def test_no_english_is_left_in_the_other_languages(pages: dict[str, str]) -> None:
    english = ("the ", "Data table", "Figure", "beyond chance", "target", "Month", "Value", " of ")
    for language in ("ru", "lt"):
        for page in PAGES[:-1]:
            # What stands in bdi is the data's own text.
            seen = words(re.sub(r"<bdi>.*?</bdi>", "", pages[file_name(page, language)], flags=re.DOTALL))
            assert not [word for word in english if word in seen], page


# Edge states --------------------------------------------------------------------------


def test_a_release_without_a_row_says_so_everywhere(tmp_path: Path) -> None:
    found = rendered(tmp_path, fabricated.empty(), LANGUAGES, every_page=True)
    assert set(found) == {
        file_name(page, language) for page in ("index", "quality", "definitions") for language in LANGUAGES
    }
    seen = words(found["index.html"])
    assert "This release holds no measures to report." in seen
    assert "this release has no data for it" in card(found["index.html"], "nps")
    assert seen.count("no data") >= 8
    assert "<svg viewBox" not in found["index.html"], "no empty axes"


def test_a_release_without_marts_still_renders(tmp_path: Path) -> None:
    found = rendered(tmp_path, fabricated.empty(), leave_out=list(fabricated.MART_COLUMNS), every_page=True)
    assert "The release holds no data." in words(found["index.html"])


@pytest.mark.parametrize(
    ("gone", "words_there"),
    [
        (("nps", "csat", "ces", "csi", "survey"), "No answers to “Would you recommend us?” yet."),
        (("logo", "nrr", "grr"), "No subscriptions in October 2026."),
        (("frt", "sla", "fcr", "reopen"), "No replies to measure up to October 2026"),
    ],
)
def test_a_subject_without_data_says_so_and_the_others_stay(
    tmp_path: Path, gone: tuple[str, ...], words_there: str
) -> None:
    rows = fabricated.with_values(
        fabricated.demo(), lambda row: None if row["metric"].startswith(gone) else row
    )
    emptied = {
        "nps": ["kpi_nps", "kpi_csi_attributes"],
        "logo": ["kpi_churn", "kpi_churn_reasons", "kpi_mrr_bridge", "kpi_survival", "kpi_retention_cohorts"],
        "frt": ["kpi_response_times", "kpi_sla", "kpi_backlog"],
    }[gone[0]]
    rows = {mart: [] if mart.removeprefix("marts.") in emptied else found for mart, found in rows.items()}
    found = rendered(tmp_path, rows, every_page=True)
    assert words_there in words(found["index.html"])
    assert found["index.html"].count("<svg viewBox") == 4
    # With the tickets go the teams; with the answers the journey's scores, but not who goes on.
    assert len(found) == {"nps": 8, "logo": 9, "frt": 8}[gone[0]]


def changed(metric: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> fabricated.Rows:
    """The demo release with the rows of one metric changed."""
    return fabricated.with_values(
        fabricated.demo(), lambda row: change(row) if row["metric"] == metric else row
    )


def in_month(row: dict[str, Any], **values: Any) -> dict[str, Any]:
    """The row with other values in the month reported."""
    return {**row, **values} if row["period_start"] == fabricated.LAST else row


NOTHING = {
    "value": None,
    "ci_low": None,
    "ci_high": None,
    "change": None,
    "previous_value": None,
    "signal": None,
}


def test_a_suppressed_value_is_not_shown_but_its_base_is(tmp_path: Path) -> None:
    rows = changed("csi", lambda row: in_month(row, publish_status="suppressed", base=3, **NOTHING))
    text = rendered(tmp_path, rows)["index.html"]
    seen = card(text, "csi")
    assert "not shown" in seen
    assert "a base of 3; too few to be shown" in seen
    assert "target" not in seen
    assert not html.fromstring(text).get_element_by_id("card-csi").xpath(".//svg[@class='bullet']")


def test_a_small_base_is_grey_and_never_judged(tmp_path: Path) -> None:
    rows = changed("nps_rel", lambda row: in_month(row, publish_status="low_base", base=17, signal="up"))
    text = rendered(tmp_path, rows)["index.html"]
    element = html.fromstring(text).get_element_by_id("card-nps")
    assert element.get("data-state") == "low_base"
    assert not element.xpath(".//p[@class='change']/svg")
    assert "too few to judge" in card(text, "nps")
    assert "met" not in card(text, "nps").split("target")[1]
    assert "NPS rose" not in words(text)


def test_a_median_that_is_not_reached_is_said_in_words(tmp_path: Path) -> None:
    rows = changed("frt_human_p90", lambda row: in_month(row, publish_status="not_estimable", **NOTHING))
    assert "too many cases are still waiting" in card(rendered(tmp_path, rows)["index.html"], "frt-p90")


def test_a_month_without_answers_names_the_last_value(tmp_path: Path) -> None:
    rows = changed("csat_t2b", lambda row: None if row["period_start"] >= fabricated.LAST else row)
    assert "nothing in October 2026 last value" in card(
        rendered(tmp_path, rows)["index.html"], "csat"
    ).replace("2026last", "2026 last")


def test_a_first_month_has_no_line_and_says_so(tmp_path: Path) -> None:
    rows = changed(
        "nps_rel",
        lambda row: (
            in_month(row, change=None, previous_value=None, signal=None)
            if row["period_start"] == fabricated.LAST
            else None
        ),
    )
    text = rendered(tmp_path, rows)["index.html"]
    assert "first period measured" in card(text, "nps")
    assert "First period measured: a trend needs at least two." in words(text)
    assert not html.fromstring(text).get_element_by_id("card-nps").xpath(".//svg[@class='spark']")


def test_the_month_after_as_of_is_to_date_and_not_reported(release: Path, pages: dict[str, str]) -> None:
    with opened(release) as source:
        assert reporting_month(source) == dt.date(2026, 10, 1)
    assert "Dotted end: period not over, left out of every test." in words(pages["index.html"])


def test_the_month_is_complete_when_as_of_is_its_last_instant_somewhere(tmp_path: Path) -> None:
    def until(instant: dt.datetime) -> dt.date | None:
        rows = fabricated.with_values(
            fabricated.demo(),
            lambda row: {**row, "as_of": instant} if row["period_start"] <= fabricated.LAST else None,
        )
        with opened(fabricated.write(tmp_path / "at.duckdb", rows)) as source:
            return reporting_month(source)

    assert until(dt.datetime(2026, 10, 31, 22, 0)) == dt.date(2026, 10, 1)
    assert until(dt.datetime(2026, 10, 31, 9, 0)) == dt.date(2026, 9, 1)


def test_a_release_with_only_partial_months_reports_the_partial_one(tmp_path: Path) -> None:
    rows = fabricated.with_values(
        fabricated.demo(),
        lambda row: (
            {**row, "publish_status": "immature", "signal": None}
            if row["period_start"] == fabricated.LAST
            else None
        ),
    )
    text = rendered(tmp_path, rows)["index.html"]
    assert "to date, not compared" in card(text, "nps")
    assert "stands at" in words(text)


def test_a_negative_nps_has_a_true_minus(tmp_path: Path) -> None:
    rows = changed(
        "nps_rel",
        lambda row: in_month(
            row,
            value=-38.2,
            ci_low=-43.0,
            ci_high=-33.6,
            previous_value=-29.7,
            change=-8.5,
            signal="down",
            target=0.0,
        ),
    )
    seen = card(rendered(tmp_path, rows)["index.html"], "nps")
    assert "\u221238" in seen
    assert "95% CI \u221243 to \u221234" in seen
    assert "worse, beyond chance" in seen
    assert "target 0 missed" in seen


def test_no_target_no_interval_and_nothing_before_are_words(tmp_path: Path) -> None:
    rows = changed(
        "csi",
        lambda row: in_month(
            row, target=None, ci_low=None, ci_high=None, change=None, previous_value=None, signal=None
        ),
    )
    seen = card(rendered(tmp_path, rows)["index.html"], "csi")
    assert "no target set" in seen
    assert "no interval published" in seen
    assert "nothing to compare with the period before" in seen


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(20.0, None, "95% CI from 20 min, no upper end"), (None, 60.0, "95% CI up to 1 hr")],
)
def test_an_interval_may_be_open_at_one_end(
    tmp_path: Path, low: float | None, high: float | None, said: str
) -> None:
    rows = changed("frt_human_median", lambda row: in_month(row, ci_low=low, ci_high=high))
    assert said in card(rendered(tmp_path, rows)["index.html"], "frt-median")


def test_a_metric_whose_window_is_open_shows_its_last_mature_month(tmp_path: Path) -> None:
    rows = changed("fcr", lambda row: in_month(row, publish_status="immature", signal=None))
    assert "latest complete period: September 2026" in card(rendered(tmp_path, rows)["index.html"], "fcr")


def test_huge_money_is_compact_beside_and_exact_in_the_table(tmp_path: Path) -> None:
    rows = fabricated.demo()
    for row in rows["marts.kpi_churn"]:
        row["churned_mrr"] = 1_284_567_890_123
    for row in rows["marts.kpi_churn_reasons"]:
        row["mrr_lost"] = 1_284_567_890_123
    seen = words(rendered(tmp_path, rows)["index.html"])
    assert "1.3T" in seen
    assert "1,284,567,890,123" in seen


def test_more_than_a_hundred_reasons_show_ten_and_count_the_rest(tmp_path: Path) -> None:
    counts = [(f"reason {number:03}", "product", True, 200 - number, 10.0) for number in range(143)]
    rows = {
        **fabricated.demo(),
        "marts.kpi_churn_reasons": fabricated.reason_rows(fabricated.LAST, "month", counts),
    }
    text = rendered(tmp_path, rows)["index.html"]
    assert "133 more reasons in the table." in words(text)
    assert (
        len(
            re.findall(
                r"<tr data-row", re.search(r'id="f-reasons-figure".*?</figure>', text, re.DOTALL).group()
            )
        )
        == 143
    )  # type: ignore[union-attr]


def test_when_most_reasons_are_unknown_the_headline_says_so(tmp_path: Path) -> None:
    counts = [("unknown", "unknown", False, 60, 10.0), ("moved", "life_change", False, 20, 5.0)]
    rows = {
        **fabricated.demo(),
        "marts.kpi_churn_reasons": fabricated.reason_rows(fabricated.LAST, "month", counts),
    }
    assert "No reason is recorded for 75% of those who left; most often named: Moved away (25%)" in words(
        rendered(tmp_path, rows)["index.html"]
    )
    only = {**rows, "marts.kpi_churn_reasons": fabricated.reason_rows(fabricated.LAST, "month", counts[:1])}
    assert "No customer who left gave a reason" in words(rendered(tmp_path, only)["index.html"])


def test_three_named_reasons_at_the_top_are_named_together(tmp_path: Path) -> None:
    counts = [
        (r, g, a, c, 1.0) for (r, g, a), c in zip(fabricated.REASONS[:5], (40, 30, 20, 6, 4), strict=True)
    ]
    rows = {
        **fabricated.demo(),
        "marts.kpi_churn_reasons": fabricated.reason_rows(fabricated.LAST, "month", counts),
    }
    assert (
        "Three reasons account for 90% of those who left: Too expensive, Slow response, and Missing feature"
        in words(rendered(tmp_path, rows)["index.html"])
    )


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    for name, text in rendered(tmp_path, fabricated.hostile(), ("en", "lt"), every_page=True).items():
        tree = html.fromstring(text)
        assert len(tree.xpath("//script")) == 1, name
        assert not tree.xpath("//img"), name
        # A name of 200,000 letters stands whole in the mart, and not on pages.
        assert len(text) < 400_000, name
        assert not tree.xpath("//@onerror"), name
        assert "49" not in [data.text for data in tree.xpath("//bdi")], name
    seen = words(text)  # the last page lists the checks by their hostile names
    assert "{{ 7*7 }}" in seen
    assert "alert(document.cookie)" in seen


def test_a_failed_check_is_named_in_the_trust_strip(tmp_path: Path) -> None:
    rows = fabricated.demo()
    rows["quality.check_results"][5] |= {"status": "fail", "severity": "critical"}
    text = rendered(tmp_path, rows)["index.html"]
    assert "failed: check_005" in words(text)
    assert html.fromstring(text).xpath("//dd[@class='bad']")


def test_absent_columns_read_as_no_data(tmp_path: Path) -> None:
    dropped = {
        "marts.kpi_metric_values": ["ci_low", "ci_high", "target", "signal"],
        "marts.kpi_nps": ["promoters"],
        "marts.kpi_response_times": ["p75_minutes"],
    }
    text = rendered(tmp_path, fabricated.demo(), drop_columns=dropped)["index.html"]
    assert "no target set" in card(text, "nps")
    assert "not tested" in card(text, "nps")


def test_amounts_are_written_in_the_currency_that_the_registry_names(pages: dict[str, str]) -> None:
    for page in ("index", "churn"):
        for language, amount in (("en", "€1,212"), ("ru", "1 212 €"), ("lt", "1 212 €")):
            assert amount in words(pages[file_name(page, language)]), (page, language)


def test_a_currency_without_a_sign_stands_as_its_code_and_none_leaves_a_bare_number(tmp_path: Path) -> None:
    rows = fabricated.with_values(
        fabricated.demo(), lambda row: {**row, "currency": row["currency"] and "CHF"}, "marts.dim_metrics"
    )
    assert "CHF 1,212" in words(rendered(tmp_path, rows)["index.html"])
    gone = {"marts.dim_metrics": ["currency"]}
    assert "with them1,212" in words(rendered(tmp_path, fabricated.demo(), drop_columns=gone)["index.html"])


def test_each_programme_of_nps_stands_alone(tmp_path: Path) -> None:
    rows = fabricated.demo()
    rows["marts.kpi_metric_values"] += fabricated.metric_rows(
        "nps_txn", "transactional", "points", [20.0, 22.0, 23.0], 4, 200
    )
    rows["marts.kpi_nps"].append(
        fabricated.nps_rows("transactional", "month", fabricated.LAST, "total", "total", 90, 60, 50)
    )
    found = rendered(tmp_path, rows, every_page=True)
    assert "From surveys after an interaction" in words(found["nps.html"])
    assert "relationship survey" in words(found["index.html"])


def test_a_language_without_words_and_a_release_that_is_not_there_are_refused(
    release: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="en, ru, lt, not de"):
        render(release, tmp_path, ("de",))
    with pytest.raises(ValueError, match="no language"):
        render(release, tmp_path, ())
    with pytest.raises(FileNotFoundError, match="There is no release"):
        render(tmp_path / "none.duckdb", tmp_path)


def test_waits_that_are_not_reached_are_said_and_their_bases_stay(tmp_path: Path) -> None:
    rows = fabricated.demo()
    for row in rows["marts.kpi_response_times"]:
        row |= dict.fromkeys(("median_minutes", "p75_minutes", "p90_minutes"), None)
    text = rendered(tmp_path, rows)["index.html"]
    assert "Too many requests got no reply to give a typical wait." in words(text)
    assert html.fromstring(text).get_element_by_id("f-response-calendar-figure").xpath(".//table")
