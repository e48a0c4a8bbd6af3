"""Keep the catalogues in `locales/` in step with the messages in code, templates and vocabularies.

`python -m reports.catalogues` rewrites them; `check()` says what is wrong, and the tests fail on it.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import write_po

from reports.registry import METRICS, VOCABULARY
from reports.words import LANGUAGES, base_and_exclusions, catalogue

PACKAGE = Path(__file__).parent
# The registries whose words the release carries in English: their rows are messages too.
SEEDS = PACKAGE.parent / "seeds" / "reference"
KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"\{\w*\}")


def messages() -> Iterator[tuple[str | tuple[str, str], str | None]]:
    """Every message and its context, each as often as it occurs."""
    for path in sorted(PACKAGE.rglob("*.py")):
        with path.open("rb") as source:
            for _, message, _, _ in extract("python", source, KEYWORDS):
                yield as_message(message), None
    for path in sorted(PACKAGE.glob("templates/*.html")):
        with path.open("rb") as source:
            for _, message, _, _ in extract("jinja2.ext:babel_extract", source, KEYWORDS):
                yield as_message(message), None
    for code, metric in METRICS.items():
        for form in ("name", "title", "definition"):
            yield getattr(metric, form), f"metric.{code}.{form}"
    for kind, entries in VOCABULARY.items():
        for code, text in entries.items():
            yield text, f"{kind}.{code}"
    for row in reference("metrics"):
        base, exclusions = base_and_exclusions(row["base"])
        for form, text in (
            ("name", row["name"]),
            ("formula", row["formula"]),
            ("base", base),
            ("exclusions", exclusions),
            ("time_attribution", row["time_attribution"]),
            ("owner", row["owner"]),
        ):
            if text:
                yield text, f"registry.{form}"
    for row in reference("quality_rules"):
        yield row["name"], "registry.rule"
        for reason in filter(None, row["reasons"].split(";")):
            yield reason.strip(), "registry.rejection"


def reference(seed: str) -> list[dict[str, str]]:
    """The rows of a reference table."""
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def as_message(found: str | tuple[str, ...]) -> str | tuple[str, str]:
    """One message, or the two forms of a plural."""
    return found if isinstance(found, str) else (found[0], found[1])


def updated(language: str) -> Catalog:
    """The language's catalogue with exactly the messages there are now, translations kept."""
    old = catalogue(language)
    new = Catalog(
        locale=language,
        project="cx_warehouse report",
        header_comment="# Messages of the leadership report.",
        charset="utf-8",
        creation_date=old.creation_date,
        revision_date=old.revision_date,
    )
    for message, context in messages():
        known = old.get(message if isinstance(message, str) else message[0], context)
        new.add(message, None if known is None else known.string, context=context)
    return new


def written(catalog: Catalog) -> str:
    """The catalogue as its file: sorted, without dates and line numbers that change with every edit."""
    text = io.BytesIO()
    write_po(text, catalog, sort_output=True, no_location=True, omit_header=False, width=110)
    lines = text.getvalue().decode().splitlines(keepends=True)
    dated = ('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By', '"Last-Translator', '"Language-Team')
    return "".join(line for line in lines if not line.startswith(dated))


def check() -> list[str]:
    """What is wrong with the catalogues: messages missing, untranslated or with other placeholders."""
    wrong = []
    for language in LANGUAGES:
        have, want = catalogue(language), updated(language)
        missing = {(m.id, m.context) for m in want if m.id} - {(m.id, m.context) for m in have if m.id}
        wrong += [f"{language}: {one!r} is missing" for one in sorted(missing, key=str)]
        if language != "en":
            wrong += [f"{language}: {text}" for m in have if m.id for text in faults(m)]
    return wrong


def faults(message: Message) -> list[str]:
    """What is wrong with one translation."""
    sources = [message.id] if isinstance(message.id, str) else list(message.id)
    texts = [message.string] if isinstance(message.string, str) else list(message.string or ("",))
    if not all(texts):
        return [f"{message.id!r} is not translated"]
    wanted = set(PLACEHOLDER.findall(sources[-1]))
    return [
        f"{message.id!r} has other placeholders than {text!r}"
        for text in texts
        if set(PLACEHOLDER.findall(text)) != wanted
    ]


def main() -> int:
    """Rewrite the catalogues and say what is still to translate."""
    for language in LANGUAGES:
        path = PACKAGE / "locales" / language / "LC_MESSAGES" / "reports.po"
        path.write_text(written(updated(language)), encoding="utf-8")
    wrong = check()
    sys.stdout.write("\n".join([*wrong, f"{len(wrong)} to mend"]) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
