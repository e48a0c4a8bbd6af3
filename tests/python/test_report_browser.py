"""The pages in a real browser: nothing leaves or overflows, injected scripts do not run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import report_fixture as fabricated

from reports.render import render

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("browser")
    render(fabricated.write(to / "cx.duckdb", fabricated.demo()), to / "reports", ("en", "ru", "lt"))
    hostile = fabricated.write(to / "hostile.duckdb", fabricated.hostile())
    render(hostile, to / "hostile", ("en",))
    return to


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("CX_REQUIRE_TOOLS") == "1":
            pytest.fail("Chromium is required here and not installed")
        pytest.skip("Chromium is not installed: the pages were not opened")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def opened(
    browser: object, path: Path, width: int = 1280, **options: object
) -> tuple[object, list[str], list[str]]:
    """A page with the requests it made beyond itself and what it complained of."""
    page = browser.new_page(viewport={"width": width, "height": 900}, **options)  # type: ignore[attr-defined]
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: (complaints.append("dialog"), dialog.dismiss()))
    page.goto(path.as_uri())
    return page, [url for url in requests if not url.startswith(("data:", path.as_uri()))], complaints


def test_no_page_asks_for_anything_overflows_or_complains(browser: object, folder: Path) -> None:
    for path in sorted([*(folder / "reports").iterdir(), *(folder / "hostile").iterdir()]):
        page, requests, complaints = opened(browser, path, 375)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")  # type: ignore[attr-defined]
        widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")  # type: ignore[attr-defined]
        assert widths[0] <= widths[1], (path.name, widths)
        assert not requests, path.name
        assert not complaints, path.name
        page.close()  # type: ignore[attr-defined]


def test_the_policy_blocks_an_injected_script_and_an_image_from_outside(
    browser: object, folder: Path
) -> None:
    text = (folder / "reports" / "index.html").read_text(encoding="utf-8")
    bad = folder / "reports" / "injected.html"
    bad.write_text(
        text.replace(
            "</main>", "<script>document.title='owned'</script><img src='http://127.0.0.1:9/x.png'></main>"
        ),
        encoding="utf-8",
    )
    page, _, complaints = opened(browser, bad)
    bad.unlink()
    assert page.title() != "owned"  # type: ignore[attr-defined]
    assert len([text for text in complaints if "Content Security Policy" in text]) >= 2
    page.close()  # type: ignore[attr-defined]


def test_the_page_is_whole_without_scripts(browser: object, folder: Path) -> None:
    path = folder / "reports" / "index.html"
    counts = []
    for allowed in (True, False):
        page, _, _ = opened(browser, path, java_script_enabled=allowed)
        counts.append([page.locator(what).count() for what in ("h2", "figure", "table", ".card", ".chart")])  # type: ignore[attr-defined]
        page.close()  # type: ignore[attr-defined]
    assert counts[0] == counts[1]
    assert counts[0][3] == 12


def test_the_button_changes_the_theme(browser: object, folder: Path) -> None:
    page, _, _ = opened(browser, folder / "reports" / "index.html", color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(paper)  # type: ignore[attr-defined]
    page.click(".theme")  # type: ignore[attr-defined]
    assert page.evaluate(paper) != before  # type: ignore[attr-defined]
    page.close()  # type: ignore[attr-defined]


def test_every_tooltip_can_be_reached_at_its_centre(browser: object, folder: Path) -> None:
    for name in ("index.html", "response.html"):
        page, _, _ = opened(browser, folder / "reports" / name)
        missed = page.evaluate(  # type: ignore[attr-defined]
            """() => [...document.querySelectorAll('.chart-wide [data-tip]')].filter(mark => {
                mark.scrollIntoView({block: 'center', behavior: 'instant'});
                const box = mark.getBoundingClientRect();
                if (box.width === 0 && box.height === 0) return false;
                const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                return !(hit && (hit.closest('[data-tip]') === mark));
            }).map(mark => mark.getAttribute('data-tip'))"""
        )
        assert missed == [], name
        page.close()  # type: ignore[attr-defined]


def test_a_page_prints_on_few_sheets_of_a4(browser: object, folder: Path) -> None:
    page, _, _ = opened(browser, folder / "reports" / "index.html")
    pdf = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True)  # type: ignore[attr-defined]
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type/Page/") <= 5
    assert b"StructTreeRoot" in pdf
    page.close()  # type: ignore[attr-defined]


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
    page, _, _ = opened(browser, folder / "reports" / "index.html", color_scheme=scheme)
    tokens = page.evaluate(  # type: ignore[attr-defined]
        """() => { const probe = document.createElement('i'); document.body.append(probe);
            const found = {}; for (const name of [
                'paper', 'panel', 'ink', 'muted', 'accent', 'good', 'bad', 's3', 'det', 'pro',
                'spark',                 'h1', 'h2', 'h3', 'h4', 'h5', 'h1i', 'h2i', 'h3i', 'h4i', 'h5i']) {
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
    page.close()  # type: ignore[attr-defined]
