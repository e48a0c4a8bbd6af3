"""Numbers, durations, dates and lists as a language writes them (Babel, CLDR)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from babel import Locale, dates, lists, numbers, units

MINUS = "\u2212"
NO_BREAK = "\u00a0"
# What Russian and Lithuanian write after the number of a year, and Lithuanian after that of a day.
YEAR_WORDS = {"ru": "\u202fг.", "lt": NO_BREAK + "m."}
NUMBER_BEFORE_WORD = re.compile(r"(?<=\d) (?=(?:г|m|d)\.)")
LETTER_AT_DIGIT = re.compile(r"(?<=[A-Z])(?=\d)")
MINUTES_PER_HOUR = 60
MINUTES_PER_DAY = 1440


def rounded(value: float, decimals: int) -> Decimal:
    """Half away from zero, of the shortest decimal that stands for the value, as people round."""
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


class Formats:
    """All that depends on the language's conventions, none of its words."""

    def __init__(self, language: str, currency: str | None = None, grain: str = "month") -> None:
        """Take the CLDR locale of the language; without a currency money is written as a bare number.

        `grain` is the length of the periods that the report compares.
        """
        self.grain = grain
        self.language = language
        self.locale = Locale.parse(language)
        self.currency = currency

    def number(self, value: float, decimals: int = 0) -> str:
        """A number with the locale's grouping and a true minus."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return self._minus(
            numbers.format_decimal(rounded(value, decimals), format=pattern, locale=self.locale)
        )

    def signed(self, value: float, decimals: int = 0) -> str:
        """A number that always shows its sign, except zero."""
        return self._with_sign(rounded(value, decimals), lambda size: self.number(float(size), decimals))

    def percent(self, fraction: float, decimals: int = 0) -> str:
        """A fraction as a percentage, with the locale's own space before the sign."""
        share = rounded(fraction, decimals + 2)
        # An explicit pattern would lose the space that ru and lt write, so the locale's own is widened.
        pattern = self.locale.percent_formats[None].pattern
        if decimals:
            pattern = pattern.replace("##0", "##0." + "0" * decimals, 1)
        return self._minus(
            numbers.format_percent(share, format=pattern, locale=self.locale, decimal_quantization=False)
        )

    def percentage_points(self, fraction: float, decimals: int = 1) -> str:
        """A difference of two fractions in percentage points, signed, without the unit's name."""
        points = rounded(fraction, decimals + 2).scaleb(2)
        return self._with_sign(points, lambda size: self.number(float(size), decimals))

    def money(self, amount: float, decimals: int = 0) -> str:
        """An amount in the release's currency."""
        if self.currency is None:
            return self.number(amount, decimals)
        pattern = self.locale.currency_formats["standard"].pattern
        pattern = pattern.replace(".00", "." + "0" * decimals if decimals else "")
        text = numbers.format_currency(
            rounded(amount, decimals),
            self.currency,
            format=pattern,
            locale=self.locale,
            currency_digits=False,
        )
        return self._minus(self._spaced(text))

    def compact_money(self, amount: float) -> str:
        """An amount short enough for a card: exact below a hundred thousand."""
        if abs(amount) < 100_000:
            return self.money(amount)
        if self.currency is None:
            text = numbers.format_compact_decimal(amount, locale=self.locale, fraction_digits=1)
        else:
            text = numbers.format_compact_currency(
                amount, self.currency, locale=self.locale, fraction_digits=1
            )
        return self._minus(self._spaced(text))

    def duration(self, minutes: float) -> str:
        """A duration in its two largest units, rounded to the smaller one."""
        if abs(minutes) < 10 and minutes != int(minutes):
            return self._unit(rounded(minutes, 1), "minute")
        whole = int(rounded(abs(minutes), 0))
        if whole >= 2 * MINUTES_PER_DAY:
            hours = int(rounded(abs(minutes) / MINUTES_PER_HOUR, 0))
            days, hours = divmod(hours, 24)
            parts = [(days, "day"), (hours, "hour")]
        else:
            hours, rest = divmod(whole, MINUTES_PER_HOUR)
            parts = [(hours, "hour"), (rest, "minute")]
        shown = [(size, unit) for size, unit in parts if size] or [(0, "minute")]
        text = NO_BREAK.join(self._unit(size, unit) for size, unit in shown)
        return MINUS + text if minutes < 0 and whole else text

    def signed_duration(self, minutes: float) -> str:
        """A difference of durations with its sign."""
        text = self.duration(abs(minutes))
        if text == self.duration(0):
            return text
        return ("+" if minutes > 0 else MINUS) + text

    def axis_duration(self, minutes: float, step: float) -> str:
        """A round duration for an axis whose ticks lie `step` minutes apart: one unit for all of them."""
        for size, unit in ((MINUTES_PER_DAY, "day"), (MINUTES_PER_HOUR, "hour")):
            if step >= size and step % size == 0:
                return self._unit(int(minutes // size), unit)
        if step > MINUTES_PER_HOUR / 2:
            return self._unit(rounded(minutes / MINUTES_PER_HOUR, 1).normalize(), "hour")
        return self._unit(int(minutes), "minute")

    def month(self, day: dt.date) -> str:
        """Month and year in full, in the nominative."""
        return self._held(str(dates.format_skeleton("yMMMM", day, locale=self.locale)))

    def short_month(self, day: dt.date) -> str:
        """Month and two digits of the year, for axes and cards."""
        name = self.locale.months["stand-alone"]["abbreviated"][day.month].rstrip(".")
        return f"{name}{NO_BREAK}{day:%y}"

    def quarter(self, day: dt.date) -> str:
        """Quarter and year."""
        text = str(dates.format_skeleton("yQQQQ", day, locale=self.locale))
        # CLDR leaves the Lithuanian year without the word that people write after it.
        return self._held(text.replace(f"{day:%Y} ", f"{day:%Y} m. ") if self.language == "lt" else text)

    def period(self, day: dt.date) -> str:
        """A period of the report's length by its first day."""
        return self.quarter(day) if self.grain == "quarter" else self.month(day)

    def short_period(self, day: dt.date) -> str:
        """The same in short, for axes and cards."""
        if self.grain != "quarter":
            return self.short_month(day)
        name = self.locale.quarters["stand-alone"]["abbreviated"][(day.month + 2) // 3]
        return f"{name.replace(' ', NO_BREAK)}{NO_BREAK}{day:%y}"

    def language_name(self, code: str) -> str:
        """What this language calls a language by its code; the code when it has no word."""
        return str(self.locale.languages.get(code, code))

    def year(self, day: dt.date) -> str:
        """The year, with the word that Russian and Lithuanian write after it."""
        return f"{day:%Y}" + YEAR_WORDS.get(self.language, "")

    def date(self, day: dt.date) -> str:
        """A day in full."""
        return self._held(str(dates.format_date(day, "long", locale=self.locale)))

    def day(self, day: dt.date) -> str:
        """Day and month, short, for an axis."""
        return str(dates.format_skeleton("MMMd", day, locale=self.locale)).replace(" ", NO_BREAK)

    def instant(self, moment: dt.datetime) -> str:
        """A day and time, as stored (UTC)."""
        clock = dates.format_time(moment.time(), "HH:mm", locale=self.locale)
        return f"{self.date(moment.date())}, {clock}{NO_BREAK}UTC"

    def list(self, items: Sequence[str]) -> str:
        """A list in words, `a, b and c`."""
        return str(lists.format_list(list(items), locale=self.locale))

    def _unit(self, size: float | Decimal, unit: str) -> str:
        # Decimal minutes carry their decimals; `narrow` has no words for durations in every language.
        text = units.format_unit(size, f"duration-{unit}", length="short", locale=self.locale)
        return self._minus(text.replace(" ", NO_BREAK))

    @staticmethod
    def _with_sign(value: Decimal, write: Callable[[Decimal], str]) -> str:
        sign = "" if value == 0 else "+" if value > 0 else MINUS
        return sign + write(abs(value))

    @staticmethod
    def _spaced(text: str) -> str:
        # A currency without a sign of its own stands as letters before the number, apart from it.
        return LETTER_AT_DIGIT.sub(NO_BREAK, text)

    @staticmethod
    def _held(text: str) -> str:
        # A line never breaks between a number and the short word for year or day that belongs to it.
        return NUMBER_BEFORE_WORD.sub(NO_BREAK, text)

    @staticmethod
    def _minus(text: str) -> str:
        return text.replace("-", MINUS)
