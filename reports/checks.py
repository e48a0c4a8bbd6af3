"""What a check expected and what it found, in the page's language: the gate writes both in English."""

from __future__ import annotations

import re
from functools import cache

from reports.words import N_, Words

# The sentences of the gate (cx_warehouse.quality) with what differs from check to check; the first that fits.
SENTENCES = (
    N_("between half and three times the rows of the last release, if there is one"),
    N_(
        "{column} filled in at most {points} points fewer of the rows than in the last release, "
        "if there is one"
    ),
    N_(
        "{column} mixed as in the last release, if there is one "
        "(divergence at most {limit} and what chance does)"
    ),
    N_("{column} one of the last release's, if there is one"),
    N_("months that ended {days} days before the last release as it said, if there is one"),
    N_("the newest {column} within {days} days before as_of"),
    N_("one row for each {columns}"),
    N_("{column} in every row"),
    N_("{column} at most a day after as_of"),
    N_("{column} on or after {day}"),
    N_("{column} is a first of the month"),
    N_("customers who pay reach {mart}"),
    N_("NPS votes reach {mart}"),
    N_("tickets reach {mart}"),
    N_("movement_mrr is closing less opening"),
    N_("every state is a part of a paying interval"),
    N_("a state ends after it began"),
    N_("a pause is what pays nothing"),
    N_("every response is an accepted raw response"),
    N_("every ticket is an accepted raw ticket"),
    N_("every session is an accepted raw session"),
    N_("a session with a key event or two page views is engaged"),
    N_("NPS scores are whole numbers from 0 to 10"),
    N_("business time never exceeds calendar time"),
    N_("the first solve is not after the last"),
    N_("no more customers leave than were there"),
    N_("gross retention never exceeds net"),
    N_("a suppressed row shows no value and no interval"),
    N_("the breakdown total has the one value total"),
    N_("the cumulative share reaches 1 at most"),
    N_("relative weights are shares of one whole"),
    N_("relative weights are there wherever an attribute and the overall answer go together"),
    N_("change is value less previous value"),
    N_("the change lies in its interval"),
    N_("scores from 0 to 100 lie there"),
    N_("waits are not negative"),
    N_("NPS lies between -100 and 100"),
    N_("shares lie between 0 and 1"),
    N_("promoters, passives and detractors add up to the base"),
    N_("NPS is the promoters' share less the detractors', times 100"),
    N_("no more are answered than waited"),
    N_("the median lies in its interval"),
    N_("median, third quartile and ninth decile in order"),
    N_("at least one accepted row"),
    N_("the table is there"),
    N_("{accepted} accepted + {rejected} rejected + {superseded} superseded"),
    N_("{column} at least {low} and at most {high}"),
    N_("{column} at least {low}"),
    N_("{column} at most {high}"),
    N_("{column} one of {values}"),
    N_("at most {limit}"),
    N_("{count} of {rows} rows against it"),
    N_("{count} rows against it"),
    N_("{count} of {values} values changed"),
    N_("{count} other values"),
    N_("{count} not built"),
    N_("{count} raw rows"),
    N_("no such table"),
    N_("no rows"),
    N_("{count} rows"),
)
FORMULA = re.compile(r"^[\w.\-]+( <= [\w.\-]+)*$")


@cache
def patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each sentence as a pattern that finds what differs."""
    found = []
    for sentence in SENTENCES:
        parts = re.split(r"\{(\w+)\}", sentence)
        pattern = "".join(
            re.escape(part) if number % 2 == 0 else f"(?P<{part}>.+?)" for number, part in enumerate(parts)
        )
        found.append((re.compile(f"{pattern}$"), sentence))
    return tuple(found)


def translated(words: Words, text: str) -> str | None:
    """A sentence of the gate in this language; none when it is not one that the report knows.

    A number or a formula of columns reads the same in every language.
    """
    for pattern, sentence in patterns():
        match = pattern.match(text)
        if match:
            return words.gettext(sentence).format(**match.groupdict())
    return text if not text or FORMULA.match(text) else None


def in_words(words: Words, text: str) -> str:
    """A sentence of the gate in this language, as the gate wrote it where it is not known."""
    found = translated(words, text)
    return text if found is None else found
