"""Pages as PDF, printed by a Chromium that is there already: tagged, A4, with page numbers."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
CHOSEN = "CX_CHROMIUM"
SECONDS = 120


def find_browser() -> str:
    """The program that prints: the one that CX_CHROMIUM names, else the first known one on the path.

    Raises FileNotFoundError, in a sentence for the user, when there is none.
    """
    chosen = os.environ.get(CHOSEN)
    if chosen:
        found = shutil.which(chosen)
        if found is None:
            raise FileNotFoundError(f"{CHOSEN} names {chosen}, which is not a program that can be run.")
        return found
    for name in BROWSERS:
        found = shutil.which(name)
        if found is not None:
            return found
    raise FileNotFoundError(
        "PDF needs Chromium or Chrome, and none was found: install one or name its program in "
        f"{CHOSEN}. Without --pdf the pages are written as HTML, which any browser prints."
    )


def print_pages(pages: Sequence[Path], browser: str) -> list[Path]:
    """Print each page beside itself; the style sheet sets the paper and numbers the sheets.

    Raises OSError, in a sentence for the user, when the browser does not.
    """
    written = []
    with tempfile.TemporaryDirectory(prefix="cx-pdf-") as profile:
        for page in pages:
            target = page.with_suffix(".pdf")
            command = [
                browser,
                "--headless",
                "--disable-gpu",
                "--disable-extensions",
                "--disable-background-networking",
                "--no-first-run",
                "--no-pdf-header-footer",
                f"--user-data-dir={profile}",
                f"--print-to-pdf={target}",
                page.resolve().as_uri(),
            ]
            # Chromium's sandbox refuses to work for root, as in a container.
            if hasattr(os, "geteuid") and os.geteuid() == 0:
                command.insert(1, "--no-sandbox")
            try:
                done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - ours
            except subprocess.TimeoutExpired as error:
                raise OSError(f"{browser} did not print {page.name} within {SECONDS} seconds.") from error
            if done.returncode or not target.is_file():
                raise OSError(f"{browser} could not print {page.name} (exit code {done.returncode}).")
            written.append(target)
    return written
