"""The pages in a real browser: accessible, nothing from outside, nothing cut, a strict policy, in print."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import report_fixture as fabricated
from PIL import Image

from reports.pdf import find_browser, print_pages
from reports.render import render

pytestmark = pytest.mark.slow
CHROMIUM = "/usr/bin/chromium"
ROOT = Path(__file__).parents[2]
# Where .ci/run puts axe-core and html-validate; another folder can be named.
NODE_MODULES = Path(os.environ.get("CX_NODE_MODULES", ROOT / "node_modules"))
GUISES = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 375)]


def lacking(what: str) -> None:
    """Skip for want of a tool where people work, fail where nothing may be wanting."""
    if os.environ.get("CX_REQUIRE_TOOLS") == "1":
        pytest.fail(f"{what} is required here and not installed")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("pages")
    render(fabricated.write(to / "cx.duckdb", fabricated.demo()), to / "reports", ("en", "ru", "lt"))
    hostile = fabricated.write(to / "hostile.duckdb", fabricated.hostile())
    render(hostile, to / "hostile", ("en",))
    return to


@pytest.fixture(scope="module")
def pages(folder: Path) -> list[Path]:
    """Every page: of the demo release in three languages, and of the hostile one."""
    return sorted([*(folder / "reports").glob("*.html"), *(folder / "hostile").glob("*.html")])


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    if not Path(CHROMIUM).exists():
        lacking("Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Visitor:
    """One tab that goes from page to page and remembers what each asked for and complained of."""

    def __init__(self, browser: object, width: int = 1280, **options: object) -> None:
        """Open the tab and listen."""
        self.tab = browser.new_page(  # type: ignore[attr-defined]
            viewport={"width": width, "height": 900}, reduced_motion="reduce", **options
        )
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("console", lambda message: self.complaints.append(message.text))
        self.tab.on("dialog", lambda dialog: (self.complaints.append("dialog"), dialog.dismiss()))

    def open(self, path: Path) -> None:
        """Go to a page and open its tables."""
        self.requests.clear()
        self.complaints.clear()
        self.tab.goto(path.as_uri())
        self.tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        self.requests[:] = [
            url for url in self.requests if not url.startswith("data:") and url != path.as_uri()
        ]


TOOLTIPS_MISSED = """() => [...document.querySelectorAll('.chart [data-tip]')].filter(mark => {
    if (!mark.checkVisibility()) return false;
    mark.scrollIntoView({block: 'center', behavior: 'instant'});
    const box = mark.getBoundingClientRect();
    if (box.width === 0 && box.height === 0) return false;
    const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return !(hit && hit.closest('[data-tip]') === mark);
}).map(mark => mark.getAttribute('data-tip'))"""
VIOLATIONS = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .map(one => one.id + ': ' + one.nodes.slice(0, 2).map(node => node.html.slice(0, 120)).join(' | '))"""


@pytest.mark.parametrize(("scheme", "width"), GUISES)
def test_every_page_is_accessible_whole_and_quiet(
    browser: object, pages: list[Path], scheme: str, width: int
) -> None:
    """English pages in every guise, hostile ones and other languages where lines are shortest."""
    axe = NODE_MODULES / "axe-core" / "axe.min.js"
    if not axe.is_file():
        lacking("axe-core")
    source = axe.read_text(encoding="utf-8")
    visitor = Visitor(browser, width, color_scheme=scheme)
    found: dict[str, object] = {}
    for path in pages:
        name = f"{path.parent.name}/{path.name}"
        is_other = path.name.count(".") > 1 or path.parent.name == "hostile"
        if is_other and (scheme, width) != ("light", 375):
            continue
        visitor.open(path)
        wide = visitor.tab.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        told = {
            "requests": list(visitor.requests),
            "complaints": list(visitor.complaints),
            "overflow": [wide] if wide > 0 else [],
            "tooltips": visitor.tab.evaluate(TOOLTIPS_MISSED),
        }
        visitor.tab.evaluate(source)
        told["axe"] = visitor.tab.evaluate(VIOLATIONS)
        found |= {f"{name} {kind}": wrong for kind, wrong in told.items() if wrong}
    visitor.tab.close()
    assert found == {}


def test_the_markup_is_valid(pages: list[Path], tmp_path: Path) -> None:
    tool = NODE_MODULES / "html-validate" / "bin" / "html-validate.mjs"
    if not tool.is_file():
        lacking("html-validate")
    rules = tmp_path / "rules.json"
    rules.write_text('{"root": true, "extends": ["html-validate:recommended"]}', encoding="utf-8")
    told = tmp_path / "told.json"
    done = subprocess.run(
        ["node", str(tool), "--config", str(rules), "--formatter", f"json={told}", *map(str, pages)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    wrong = {
        (Path(one["filePath"]).name, message["ruleId"], message["message"])
        for one in json.loads(told.read_text(encoding="utf-8"))
        for message in one["messages"]
    }
    assert wrong == set()
    assert done.returncode == 0, done.stderr


def test_the_policy_blocks_an_injected_script_and_an_image_from_outside(
    browser: object, folder: Path
) -> None:
    text = (folder / "reports" / "index.html").read_text(encoding="utf-8")
    bad = folder / "injected.html"
    bad.write_text(
        text.replace(
            "</main>", "<script>document.title='owned'</script><img src='http://127.0.0.1:9/x.png'></main>"
        ),
        encoding="utf-8",
    )
    visitor = Visitor(browser)
    visitor.open(bad)
    assert visitor.tab.title() != "owned"
    assert len([text for text in visitor.complaints if "Content Security Policy" in text]) >= 2
    visitor.tab.close()


def test_the_pages_are_whole_without_scripts(browser: object, folder: Path) -> None:
    for name in ("index.html", "voice.html"):
        counts = []
        for allowed in (True, False):
            visitor = Visitor(browser, java_script_enabled=allowed)
            visitor.tab.goto((folder / "reports" / name).as_uri())
            whats = ("h2", "figure", "table", ".card", ".chart", "blockquote")
            counts.append([visitor.tab.locator(what).count() for what in whats])
            visitor.tab.close()
        assert counts[0] == counts[1]
        assert counts[0][1] > 0


def test_print_takes_the_wide_drawings_and_light_paper_whatever_the_window(
    browser: object, folder: Path
) -> None:
    visitor = Visitor(browser, 375, color_scheme="dark")
    visitor.tab.emulate_media(media="print")
    visitor.open(folder / "reports" / "index.html")
    shown = visitor.tab.evaluate(
        "['.chart-wide', '.chart-narrow'].map(one => getComputedStyle(document.querySelector(one)).display)"
    )
    paper = visitor.tab.evaluate("getComputedStyle(document.body).backgroundColor")
    visitor.tab.close()
    assert shown == ["block", "none"]
    assert paper == "rgb(255, 255, 255)"


def test_the_button_changes_the_theme(browser: object, folder: Path) -> None:
    visitor = Visitor(browser, color_scheme="light")
    visitor.open(folder / "reports" / "index.html")
    paper = "getComputedStyle(document.body).backgroundColor"
    before = visitor.tab.evaluate(paper)
    visitor.tab.click(".theme")
    assert visitor.tab.evaluate(paper) != before
    visitor.tab.close()


def test_pages_print_tagged_on_numbered_sheets_of_a4(folder: Path) -> None:
    if not Path(CHROMIUM).exists():
        lacking("Chromium")
    printed = print_pages(
        [folder / "reports" / name for name in ("index.html", "voice.ru.html")], find_browser()
    )
    for path, most in zip(printed, (5, 5), strict=True):
        content = path.read_bytes()
        sheets = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", content)
        assert 1 <= len(sheets) <= most, path.name
        assert all(abs(float(w) - 595.3) < 1 and abs(float(h) - 841.9) < 1 for w, h in sheets), "A4"
        assert b"StructTreeRoot" in content, "tagged"


# Pictures of a few pages at a twentieth of their size: coarse enough for another rasteriser of the fonts,
# fine enough for a figure that moved, a column that broke or a colour that changed.
LOOKED_AT = (
    ("index.html", "light", 1280, "screen"),
    ("index.html", "dark", 1280, "screen"),
    ("index.ru.html", "light", 375, "screen"),
    ("satisfaction.html", "light", 1280, "screen"),
    ("satisfaction.lt.html", "dark", 375, "screen"),
    ("churn.html", "light", 1280, "print"),
)
GOLDEN_PICTURES = Path(__file__).parent / "golden" / "pictures"


@pytest.mark.parametrize(("name", "scheme", "width", "medium"), LOOKED_AT)
def test_pages_look_as_reviewed(
    browser: object,
    folder: Path,
    name: str,
    scheme: str,
    width: int,
    medium: str,
    request: pytest.FixtureRequest,
) -> None:
    visitor = Visitor(browser, width, color_scheme=scheme)
    visitor.tab.emulate_media(media=medium)
    visitor.tab.goto((folder / "reports" / name).as_uri())
    visitor.tab.evaluate("document.fonts.ready")
    shot = Image.open(io.BytesIO(visitor.tab.screenshot(full_page=True))).convert("RGB")
    visitor.tab.close()
    small = shot.resize((shot.width // 20, shot.height // 20), Image.Resampling.BOX)
    path = GOLDEN_PICTURES / f"{name.removesuffix('.html')}.{scheme}.{width}.{medium}.png"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        small.save(path, optimize=True)
    golden = Image.open(path).convert("RGB")
    assert abs(small.height - golden.height) <= 0.02 * golden.height, "the page is longer or shorter"
    off = np.abs(np.asarray(small.resize(golden.size), dtype=int) - np.asarray(golden, dtype=int)).max(axis=2)
    assert off.mean() < 3, f"{path.name}: look at the page, then run with --update-golden"
    assert (off > 48).mean() < 0.01, f"{path.name}: look at the page, then run with --update-golden"


def test_a_browser_that_is_not_there_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CX_CHROMIUM", raising=False)
    with pytest.raises(FileNotFoundError, match="PDF needs Chromium or Chrome, and none was found"):
        find_browser()
    monkeypatch.setenv("CX_CHROMIUM", "no-such-browser")
    with pytest.raises(FileNotFoundError, match="CX_CHROMIUM names no-such-browser"):
        find_browser()
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CX_CHROMIUM", str(broken))
    with pytest.raises(OSError, match=r"could not print index.html \(exit code 3\)"):
        print_pages([tmp_path / "index.html"], find_browser())


def contrast(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    """The contrast ratio of two colours (WCAG 2)."""

    def luminance(colour: tuple[float, ...]) -> float:
        parts = [
            c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_stand_out_enough(browser: object, folder: Path, scheme: str) -> None:
    visitor = Visitor(browser, color_scheme=scheme)
    visitor.open(folder / "reports" / "index.html")
    tokens = visitor.tab.evaluate(
        """() => { const probe = document.createElement('i'); document.body.append(probe);
            const found = {}; for (const name of [
                'paper', 'panel', 'ink', 'muted', 'accent', 'good', 'bad', 's3', 'det', 'pro',
                'spark', 'h1', 'h2', 'h3', 'h4', 'h5', 'h1i', 'h2i', 'h3i', 'h4i', 'h5i']) {
                probe.style.setProperty('color', `var(--${name})`);
                found[name] = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number); }
            return found; }"""
    )
    for name in ("ink", "muted", "accent", "good", "bad", "s3"):
        for ground in ("paper", "panel"):
            assert contrast(tokens[name], tokens[ground]) >= 4.5, (name, ground)
    for name in ("det", "pro", "spark"):
        assert contrast(tokens[name], tokens["paper"]) >= 3, name
    for number in range(1, 6):
        assert contrast(tokens[f"h{number}i"], tokens[f"h{number}"]) >= 4.5, number
    visitor.tab.close()
