"""Editions, tables as files, and the pages on voice, journey, teams and definitions."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import io
import re
from pathlib import Path

import pytest
import report_fixture as fabricated
from lxml import html

from reports.editions import edition_of, folder_name
from reports.figures.measures import Edition, reporting_month
from reports.figures.voice import quotes
from reports.release import Release, opened
from reports.render import PAGES, render
from reports.tables import MARK, safe
from reports.words import LANGUAGES, Words

PACKAGE = Path(render.__code__.co_filename).parent
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fabricated.write(tmp_path_factory.mktemp("release") / "cx.duckdb", with_quarters())


def with_quarters() -> fabricated.Rows:
    """The demo release with two quarters of a few measures, one of them of a segment."""
    rows = fabricated.demo()
    for back, (nps, churn) in ((1, (30.0, 0.06)), (0, (39.0, 0.05))):
        for metric, programme, unit, value, dimension, group in (
            ("nps_rel", "relational", "points", nps, "total", "total"),
            ("logo_churn_rate", "none", "ratio", churn, "total", "total"),
            ("nps_rel", "relational", "points", nps + 5, "segment", "phone"),
        ):
            rows["marts.kpi_metric_values"].append(
                {
                    "metric": metric,
                    "programme": programme,
                    "period_grain": "quarter",
                    "period_start": fabricated.month_back(3 + 3 * back),
                    "dimension": dimension,
                    "dimension_value": group,
                    "base": 900,
                    "publish_status": "ok",
                    "value": value,
                    "unit": unit,
                    "ci_low": value - 1,
                    "ci_high": value + 1,
                    "previous_value": None if back else value - 9,
                    "change": None if back else 9.0,
                    "signal": None if back else "up",
                    "target": 0.02 if unit == "ratio" else 40.0,
                    "as_of": fabricated.AS_OF,
                }
            )
    # The segment `email` may not be shown in the month reported.
    for row in rows["marts.kpi_metric_values"]:
        if row["dimension_value"] == "email" and row["period_start"] == fabricated.LAST:
            row |= dict.fromkeys(("value", "ci_low", "ci_high", "change", "previous_value", "signal"), None)
            row |= {"publish_status": "suppressed", "base": 3}
    return rows


def page_of(release: Path, to: Path, names: tuple[str, ...] = ("index",), **asked: str) -> dict[str, str]:
    """These pages of an edition, in English, and the tables beside them, by their paths."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reports.render.PAGES", [page for page in PAGES if page.id in names])
        found = render(release, to, ("en",), **asked)
    return {path.relative_to(to).as_posix(): path.read_text(encoding="utf-8") for path in found}


def seen(text: str) -> str:
    tree = html.fromstring(text)
    for element in tree.xpath("//style|//script|//desc|//title"):
        element.drop_tree()
    return " ".join(tree.text_content().replace("\u00a0", " ").split())


# Editions -----------------------------------------------------------------------------


def test_a_past_month_is_rendered_as_it_was(release: Path, tmp_path: Path) -> None:
    text = page_of(release, tmp_path, period="2026-09")["index.html"]
    assert html.fromstring(text).xpath("//meta[@name='cx-month']/@content") == ["2026-09"]
    said = seen(text)
    assert "Customer experience, September 2026" in said
    assert "on Aug 26" in said
    assert "Oct 26" not in html.fromstring(text).get_element_by_id("card-nps").text_content()
    keys = html.fromstring(text).xpath("//li[@data-state]/@data-key")
    assert keys
    assert all("2026-10-01" not in key for key in keys)


def test_a_quarter_speaks_of_quarters_and_leaves_monthly_targets_of_growing_measures_alone(
    release: Path, tmp_path: Path
) -> None:
    text = page_of(release, tmp_path, period="2026-Q3")["index.html"]
    tree = html.fromstring(text)
    assert "Customer experience, 3rd quarter 2026" in seen(text)
    nps, churn = (tree.get_element_by_id(f"card-{name}") for name in ("nps", "churn"))
    assert "period_grain=quarter" in nps.get("data-key")
    assert "target +40 missed" in nps.text_content().replace("\u00a0", " ")
    assert "no target set" in churn.text_content(), "2 % a month is no target for a quarter"


def test_a_segments_edition_shows_the_segment_only_and_keeps_suppression(
    release: Path, tmp_path: Path
) -> None:
    shown = page_of(release, tmp_path / "a", ("index", "teams", "journey"), segment="phone")
    assert "index.html" in shown
    assert not {"teams.html", "journey.html"} & set(shown), "the marts cross no segment with teams"
    tree = html.fromstring(shown["index.html"])
    assert "Segment: phone" in seen(shown["index.html"])
    keyed = tree.xpath("//*[@data-key and contains(@data-key, 'dimension=')]/@data-key")
    assert keyed
    assert all("dimension=segment&dimension_value=phone" in key for key in keyed), "nobody else's numbers"
    hidden = page_of(release, tmp_path / "b", segment="email")["index.html"]
    card = html.fromstring(hidden).get_element_by_id("card-nps")
    assert card.get("data-state") == "suppressed"
    assert "a base of 3; too few to be shown" in card.text_content()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"period": "2031-01"}, r"no measures of 2031-01; its months are \d{4}-\d{2} to 2026-11"),
        ({"period": "2024-Q1"}, "no measures of 2024-Q1; its quarters are 2026-Q2 to 2026-Q3"),
        ({"period": "autumn"}, "not a month like 2026-09 or a quarter like 2026-Q3"),
        ({"segment": "Nobody"}, "no segment Nobody; it has email, phone"),
    ],
)
def test_what_the_release_does_not_have_is_refused_in_a_sentence(
    release: Path, asked: dict[str, str], said: str
) -> None:
    with opened(release) as source, pytest.raises(ValueError, match=said):
        edition_of(source, **asked)


def test_an_edition_is_compared_with_the_period_before_it_and_stands_on_ended_ones() -> None:
    month, quarter = Edition(dt.date(2026, 8, 1), is_latest=False), Edition(dt.date(2026, 7, 1), "quarter")
    assert month.back(1) == dt.date(2026, 7, 1)
    assert quarter.back(1) == dt.date(2026, 4, 1)
    assert not month.spans("quarter", dt.date(2026, 7, 1)), "the quarter was not over in August"
    assert month.spans("quarter", dt.date(2026, 4, 1))
    assert not month.spans("all", dt.date(2024, 1, 1)), "all months hold later ones"
    assert quarter.spans("all", dt.date(2024, 1, 1))
    assert not quarter.spans("month", dt.date(2026, 9, 1))
    assert folder_name("2026-Q3", "Small & business") == "2026-Q3-small-business"
    assert folder_name(None, "…") == "segment"


# Tables as files ----------------------------------------------------------------------


def test_every_table_stands_beside_its_page_as_a_file_with_full_precision(
    release: Path, tmp_path: Path
) -> None:
    found = page_of(release, tmp_path, ("nps", "voice"))
    for page in ("nps.html", "voice.html"):
        links = html.fromstring(found[page]).xpath("//a[@download]/@href")
        assert links
        assert len(links) == len(set(links))
        assert set(links) <= set(found)
    text = found["data/nps.f-nps-relational.csv"]
    assert text.startswith(MARK)
    rows = list(csv.reader(io.StringIO(text.removeprefix(MARK))))
    assert rows[0] == ["Period", "Value", "95% from", "to", "Base", "Note"]
    with opened(release) as source:
        key = {"metric": "nps_rel", "dimension": "total", "period_grain": "month"}
        known = [row.number("value") for row in source.rows("kpi_metric_values", ("value",), (), key)]
    assert float(rows[2][1]) in [pytest.approx(value, rel=1e-11) for value in known]


def test_no_cell_of_a_file_is_a_formula(tmp_path: Path) -> None:
    path = fabricated.write(tmp_path / "cx.duckdb", fabricated.hostile())
    names = tuple(page.id for page in PAGES if page.id not in ("index", "churn"))
    found = page_of(path, tmp_path / "out", names)
    # The longest hostile text is longer than the csv module reads of itself.
    limit = csv.field_size_limit(10_000_000)
    cells = [
        cell
        for name, text in found.items()
        if name.endswith(".csv")
        for row in csv.reader(io.StringIO(text.removeprefix(MARK)))
        for cell in row
    ]
    csv.field_size_limit(limit)
    assert any("HYPERLINK" in cell for cell in cells)
    numbers = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell and not numbers.fullmatch(cell)]
    assert [safe(text) for text in ("=1+1", "+1", "-a", "@x", " =1", "\t=1", "fine", "")] == [
        "'=1+1",
        "'+1",
        "'-a",
        "'@x",
        "' =1",
        "'\t=1",
        "fine",
        "",
    ]


# Pages --------------------------------------------------------------------------------


def test_teams_are_shown_by_name_within_their_limits_and_nobody_alone(release: Path, tmp_path: Path) -> None:
    found = page_of(release, tmp_path, ("teams",))
    said = seen(found["teams.html"])
    assert "Promises kept: outside what chance explains: Setup" in said
    assert "Solved at first contact, apart from everyone (70.8%): Billing (" in said
    assert "Promises kept: none stands apart from everyone (91.2%)" in said
    assert "too few to judge (8)" in said
    assert not any("Agent" in text for text in found.values()), "no single agent, in no file either"
    table = html.fromstring(found["teams.html"]).xpath("//table[@aria-labelledby='team-sla-attainment']")[0]
    assert [name.text_content() for name in table.xpath(".//tbody//th")] == ["Billing", "Night", "Setup"]


def test_a_journey_stands_in_its_own_order_with_each_change(release: Path, tmp_path: Path) -> None:
    found = page_of(release, tmp_path, ("journey",))
    rows = list(csv.reader(io.StringIO(found["data/journey.scores-by-stage.csv"].removeprefix(MARK))))
    assert [(row[0], row[8]) for row in rows[1:]] == [
        ("Getting started", "within the margin of error"),
        ("Using the product", "within the margin of error"),
        ("Getting help", "small base"),
    ]
    assert "Not known" not in seen(found["journey.html"]), "an unknown touchpoint is no place on the way"


def test_themes_quotes_and_cases_are_told(release: Path, tmp_path: Path) -> None:
    found = page_of(release, tmp_path, ("voice",))
    said = seen(found["voice.html"])
    assert "Named most in comments: Waiting and replies, in 25% of the texts" in said
    assert "Too few texts to rank themes: 12" in said
    assert "own theme" in said, "a theme without a word prints as the data has it"
    assert "61% of the unhappy were called back in time (target 80%)" in said
    texts = [one.text_content() for one in html.fromstring(found["voice.html"]).xpath("//blockquote/p")]
    assert len(texts) == 6
    assert all(len(text) <= 281 for text in texts)


def test_quotes_are_drawn_from_every_class_and_none_from_a_handful(tmp_path: Path) -> None:
    rows = fabricated.demo()

    def drawn(found: fabricated.Rows, edition: Edition) -> list[str]:
        with opened(fabricated.write(tmp_path / "q.duckdb", found)) as source:
            return [
                "" if quote.score is None else quote.score.text("nps_class")
                for quote in quotes(source, edition)
            ]

    month = Edition(fabricated.LAST)
    assert sorted(drawn(rows, month)) == ["detractor"] * 2 + ["passive"] * 2 + ["promoter"] * 2
    assert drawn(rows, Edition(fabricated.LAST, segment="nobody")) == []
    few = {**rows, "marts.fct_comments": rows["marts.fct_comments"][:4]}
    assert drawn(few, month) == [], "four texts say who wrote them"
    unscored = {**rows, "marts.fct_survey_answers": []}
    assert drawn(unscored, month) == [""] * 6


def test_every_metric_of_the_registry_is_defined_in_its_own_words(release: Path, tmp_path: Path) -> None:
    text = page_of(release, tmp_path, ("definitions",))["definitions.html"]
    said = seen(text)
    with opened(release) as source:
        rows = source.rows("dim_metrics", ("name", "formula", "owner"), ("metric",))
    assert len(rows) == 3
    for row in rows:
        assert row.text("name") in said
        assert row.text("formula") in said
    assert "Basevalid answersLeft outskipped and test answers out" in said
    assert "adjusted Wald interval" in said
    assert "METRICS § 2.2" in said


def test_the_quality_page_bears_what_a_release_does_not_record(tmp_path: Path) -> None:
    full = page_of(fabricated.write(tmp_path / "a.duckdb", fabricated.demo()), tmp_path / "a", ("quality",))
    said = seen(full["quality.html"])
    assert "N/A is no answersurveys.answersrepaired1221,0440.06%" in said
    assert "from the future" not in said, "a rule that met no row"
    assert "00ff00ff00ff00ff" in seen(full["quality.html"])
    path = fabricated.write(
        tmp_path / "b.duckdb",
        fabricated.demo(),
        leave_out=["quality.rule_hits", "quality.release", "quality.check_results"],
    )
    bare = seen(page_of(path, tmp_path / "b", ("quality",))["quality.html"])
    assert "Which rules fired?" not in bare
    assert "The release records no checks." in bare


def test_a_change_for_the_worse_says_where_to_start(tmp_path: Path) -> None:
    rows = fabricated.demo()
    template = next(
        row
        for row in rows["marts.kpi_metric_values"]
        if row["metric"] == "logo_churn_rate" and row["period_start"] == fabricated.LAST
    )
    rows["marts.kpi_metric_values"] += [
        {**template, "dimension": "plan", "dimension_value": "Scale", "signal": "up", "p_adjusted": 0.01},
        {**template, "dimension": "segment", "dimension_value": "phone", "signal": "none"},
    ]
    text = page_of(fabricated.write(tmp_path / "cx.duckdb", rows), tmp_path)["index.html"]
    said = seen(text)
    assert "Where to start, worse beyond chance: Plan: Scale. Details" in said
    assert html.fromstring(text).xpath("//ol[@class='lede']/li[1]//a/@href") == ["churn.html"]


def test_a_gap_inside_a_series_is_named_and_never_a_zero(tmp_path: Path) -> None:
    rows = fabricated.with_values(
        fabricated.demo(),
        lambda row: (
            None
            if (row["metric"], row["period_start"]) == ("nps_rel", fabricated.month_back(4))
            else {**row, "value": 76.0}
            if row["metric"] == "csi"
            else row
        ),
    )
    text = page_of(fabricated.write(tmp_path / "cx.duckdb", rows), tmp_path)["index.html"]
    tree = html.fromstring(text)
    assert "A gap is a period without enough data." in tree.get_element_by_id("f-nps-figure").text_content()
    assert len(tree.get_element_by_id("card-nps").xpath(".//svg[@class='spark']//polyline")) == 2
    flat = tree.get_element_by_id("card-csi").xpath(".//svg[@class='spark']//polyline/@points")[0]
    assert {point.split(",")[1] for point in flat.split()} == {"50"}, "a series that never moves"


# Rules of the code --------------------------------------------------------------------

READS = {"number", "count", "value"}


def arithmetic(source: str) -> list[str]:
    """Expressions that reckon with a mart's value: with what `.number()` and `.count()` read, or `.value`."""

    def reads(node: ast.AST) -> bool:
        # `formats.number` writes a number, it reads none.
        return any(
            isinstance(inner, ast.Attribute)
            and inner.attr in READS
            and not ast.unparse(inner.value).endswith("formats")
            for inner in ast.walk(node)
        )

    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp) and not isinstance(node.op, (ast.BitOr, ast.BitAnd)):
            # Texts and lists are joined, not reckoned.
            is_text = any(isinstance(inner, (ast.JoinedStr, ast.List, ast.Tuple)) for inner in ast.walk(node))
            if reads(node) and not is_text:
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            reckons = node.func.id in ("sum", "round", "divmod", "pow")
            if reckons and any(reads(argument) for argument in node.args):
                found.append(ast.unparse(node))
    return found


def test_page_code_reckons_with_no_value_of_a_mart() -> None:
    assert arithmetic("row.number('a') / row.number('b')")
    assert arithmetic("sum(row.number('a') for row in rows)")
    assert not arithmetic("f'{row.number(1)}' + 'x'")
    for path in sorted([*(PACKAGE / "pages").glob("*.py"), PACKAGE / "sentences.py", PACKAGE / "tables.py"]):
        assert arithmetic(path.read_text(encoding="utf-8")) == [], path.name


def test_themes_are_called_as_the_dictionary_calls_them() -> None:
    with (ROOT / "seeds" / "reference" / "themes.csv").open(encoding="utf-8") as file:
        themes = list(csv.DictReader(file))
    assert themes
    for language in LANGUAGES:
        words = Words(language)
        for theme in themes:
            assert words.term("theme", theme["theme"]) == theme[f"label_{language}"]


def test_counted_rows_are_addressed_by_what_was_counted(release: Path) -> None:
    with opened(release) as source:
        assert isinstance(source, Release)
        [row] = source.counts("fct_comments", (), {"language": "en"})
        assert row.source.address == "fct_comments?language=en"
        assert row.number("rows") == 3
        assert not source.any("fct_comments", {"segment": "nobody"})
        assert source.newest("fct_comments", "no_such_column") is None
        assert reporting_month(source) == fabricated.LAST


def test_an_end_whose_outcomes_are_to_come_is_dotted_and_does_not_speak(tmp_path: Path) -> None:
    rows = fabricated.with_values(
        fabricated.demo(),
        lambda row: (
            {**row, "publish_status": "low_base", "base": 7, "value": 0.5, "signal": None}
            if (row["metric"], row["period_start"]) == ("reopen_rate", fabricated.LAST)
            else row
        ),
    )
    path = fabricated.write(tmp_path / "cx.duckdb", rows)
    figure = html.fromstring(
        page_of(path, tmp_path / "out", ("response",))["response.html"]
    ).get_element_by_id("f-reopen-rate-figure")
    said = figure.text_content().replace("\u00a0", " ")
    assert "Dotted end: most outcomes are still to come, so an earlier period speaks." in said
    assert "August 2026" in figure.xpath(".//h3")[0].text_content(), "September is compared with August"
    labels = [text.text_content() for text in figure.xpath(".//svg//text")]
    assert "50.0%" not in labels
