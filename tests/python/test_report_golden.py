"""Golden snapshots: the skeleton of every page and the spec of every kind of drawing, small enough to review.

`pytest tests/python/test_report_golden.py --update-golden` writes them anew; read the diff before it is kept.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import report_fixture as fabricated
from lxml import html

import reports.charts
from reports.editions import edition_of
from reports.release import opened
from reports.render import PAGES, make_context, render

GOLDEN = Path(__file__).parent / "golden"
# One drawing of each kind: lines with band and target, lines of a quantile, bars, steps, stacks, a matrix.
DRAWN = ("f-nps-relational", "f-response-calendar", "f-reasons", "f-survival", "f-backlog", "f-matrix")
KEPT = (
    "id",
    "class",
    "role",
    "scope",
    "href",
    "lang",
    "data-state",
    "data-metric",
    "data-column",
    "aria-labelledby",
)
TOLD = {"h1", "h2", "h3", "th", "summary", "dt", "title"}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five months of the demo company."""
    return fabricated.write(tmp_path_factory.mktemp("golden") / "cx.duckdb", fabricated.demo(5))


def compared(path: Path, text: str, *, update: bool) -> None:
    """The text is what the golden file holds; with `update` it becomes so."""
    if update:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"{path.name} is not there: run with --update-golden"
    assert text == path.read_text(encoding="utf-8"), (
        f"{path.name} differs: look, then run with --update-golden"
    )


def skeleton(page: str) -> str:
    """The elements of a page's main part nested, with names and headings; equal neighbours are counted."""

    def walk(element: html.HtmlElement, depth: int) -> list[str]:
        if element.tag in ("script", "style", "data", "bdi", "b", "br") or not isinstance(element.tag, str):
            return []
        kept = "".join(f" {name}={element.get(name)}" for name in KEPT if element.get(name))
        said = " ".join(element.text_content().split()) if element.tag in TOLD else ""
        own = [f"{'  ' * depth}{element.tag}{kept}{f': {said}' if said else ''}"]
        if element.tag == "svg":
            return own
        blocks = [found for child in element if (found := walk(child, depth + 1))]
        place = 0
        while place < len(blocks):
            alike = place
            while alike < len(blocks) and blocks[alike] == blocks[place]:
                alike += 1
            first, *rest = blocks[place]
            times = f" × {alike - place}" if alike - place > 1 else ""
            own += [first + times, *rest]
            place = alike
        return own

    return "\n".join(walk(html.fromstring(page).get_element_by_id("main"), 0)) + "\n"


def steady(value: Any) -> Any:
    """A spec whose numbers do not depend on the last bits of a machine."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: steady(one) for key, one in value.items()}
    return [steady(one) for one in value] if isinstance(value, list) else value


def folded(spec: Any) -> str:
    """A spec as text: one line for each row of data and each small object."""
    text = json.dumps(steady(spec), indent=1, ensure_ascii=False)
    return re.sub(r"[{\[][^{}\[\]]*[}\]]", lambda found: " ".join(found.group().split()), text) + "\n"


def test_the_skeletons_of_the_pages_are_as_reviewed(
    release: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    update = request.config.getoption("--update-golden")
    render(release, tmp_path, ("en",))
    for page in PAGES:
        text = (tmp_path / f"{page.id}.html").read_text(encoding="utf-8")
        compared(GOLDEN / f"{page.id}.txt", skeleton(text), update=update)
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {page.id for page in PAGES}


def test_the_specs_of_the_drawings_are_as_reviewed(
    release: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    found: dict[str, Any] = {}
    waiting: list[Any] = []

    def fitted(spec: Any, width: int) -> str:
        waiting.append(spec)
        return ""

    def finish(drawn: str, chart_id: str, *_: object) -> str:
        found[chart_id] = waiting.pop(0)
        return ""

    monkeypatch.setattr(reports.charts, "fitted", fitted)
    monkeypatch.setattr(reports.charts, "finish", finish)
    with opened(release) as source:
        context = make_context(source, "en", edition_of(source))
        for page in PAGES:
            page.build(context)
    for figure in DRAWN:
        compared(
            GOLDEN / f"{figure}.json",
            folded(found[f"{figure}-w"]),
            update=request.config.getoption("--update-golden"),
        )
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(DRAWN)
