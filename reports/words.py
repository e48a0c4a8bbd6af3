"""The report's words in one language: gettext catalogues compiled in memory, and the vocabulary of ids."""

from __future__ import annotations

import gettext
import io
from functools import cache, cached_property
from importlib.resources import files

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from reports.registry import METRICS, VOCABULARY
from reports.release import TEXT_LETTERS, shortened

LANGUAGES = ("en", "ru", "lt")
# A language is called by its own name, in every language.
NAMES = {"en": "English", "ru": "Русский", "lt": "Lietuvių"}


def N_(message: str) -> str:
    """Mark a message for the catalogues."""
    return message


def file_name(page: str, language: str) -> str:
    """The file of a page in a language: `index.html`, `index.ru.html`."""
    return f"{page}.html" if language == "en" else f"{page}.{language}.html"


def catalogue(language: str) -> Catalog:
    """The catalogue of a language as it stands in `locales/`."""
    text = (files("reports") / "locales" / language / "LC_MESSAGES" / "reports.po").read_bytes()
    return read_po(io.BytesIO(text), locale=language)


@cache
def translations(language: str) -> gettext.GNUTranslations:
    """The compiled catalogue; a message it lacks reads in English."""
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def base_and_exclusions(text: str) -> tuple[str, str]:
    """The registry of metrics writes the base first and what is left out of it after a semicolon."""
    base, _, rest = text.partition(";")
    return base.strip(), rest.strip()


class Words:
    """What things are called and how sentences read in one language."""

    def __init__(self, language: str) -> None:
        """Take the language's catalogue."""
        self.language = language

    @cached_property
    def translations(self) -> gettext.GNUTranslations:
        """The compiled catalogue."""
        return translations(self.language)

    def gettext(self, message: str) -> str:
        """The message in this language."""
        return self.translations.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The message in the plural form that the count takes."""
        return self.translations.ngettext(one, many, count)

    def pgettext(self, context: str, message: str) -> str:
        """The message in this language, told apart by its context."""
        return self.translations.pgettext(context, message)

    def metric(self, metric: str, form: str) -> str:
        """A metric's `name` (in a sentence), `title` (of a card) or `definition`; its code if unknown."""
        known = METRICS.get(metric)
        if known is None:
            return shortened(metric)
        return self.pgettext(f"metric.{metric}.{form}", getattr(known, form))

    def registry(self, form: str, text: str) -> str:
        """A text of the release's registries in this language; as the release has it where there is none.

        `form` is `name`, `formula`, `base`, `exclusions`, `time_attribution` or `owner` of a metric, `rule`
        or `rejection` of a data-quality rule.
        """
        return shortened(self.pgettext(f"registry.{form}", text), TEXT_LETTERS) if text else ""

    def term(self, kind: str, code: str) -> str:
        """The label of a category (a reason, a channel, a breakdown); its raw text if unknown."""
        english = VOCABULARY.get(kind, {}).get(code)
        return shortened(code) if english is None else self.pgettext(f"{kind}.{code}", english)
