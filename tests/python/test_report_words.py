"""The report's words: every branch of every sentence in three languages."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from reports import catalogues
from reports.figures.measures import Edition, Measure, State, Target, Tone
from reports.formats import Formats, rounded
from reports.numbers import Printer, say, text_of
from reports.registry import METRICS
from reports.release import Row, Source
from reports.sentences import HEADLINES, headline, key_messages
from reports.words import LANGUAGES, Words, catalogue

MONTH = dt.date(2026, 10, 1)
EDITION = Edition(MONTH)
PACKAGE = Path(catalogues.__file__).parent


def row(month: dt.date = MONTH, **values: Any) -> Row:
    filled = {
        "value": 0.0231,
        "base": 3004,
        "publish_status": "ok",
        "ci_low": 0.02,
        "ci_high": 0.027,
        "previous_value": 0.0189,
        "change": 0.0042,
        "change_ci_low": 0.001,
        "change_ci_high": 0.007,
        "signal": "up",
        "target": None,
        **values,
    }
    return Row(Source("kpi_metric_values", (("period_start", month),)), {"period_start": month, **filled})


def measure(metric: str = "logo_churn_rate", **values: Any) -> Measure:
    earlier = row(dt.date(2026, 8, 1), value=0.02)
    return Measure(metric, "none", EDITION, (earlier, row(**values)))


def printer(language: str = "en") -> Printer:
    return Printer(Words(language), Formats(language))


BRANCHES: dict[tuple[State, Target], Measure] = {}
for target, goal in ((Target.NONE, None), (Target.MET, 0.03), (Target.MISSED, 0.02)):
    BRANCHES[State.ROSE, target] = measure(target=goal)
    BRANCHES[State.FELL, target] = measure(target=goal, signal="down", change=-0.0042)
    BRANCHES[State.FLAT, target] = measure(target=goal, signal="none")
    BRANCHES[State.UNTESTED, target] = measure(target=goal, signal=None)
    BRANCHES[State.NO_PREVIOUS, target] = measure(target=goal, change=None, previous_value=None, signal=None)
    BRANCHES[State.ONE_PERIOD, target] = Measure(
        "logo_churn_rate", "none", EDITION, (row(target=goal, change=None, previous_value=None, signal=None),)
    )
BRANCHES[State.LOW_BASE, Target.NONE] = measure(publish_status="low_base", base=17, target=0.02)
BRANCHES[State.SUPPRESSED, Target.NONE] = measure(publish_status="suppressed", value=None, base=3)
BRANCHES[State.NOT_ESTIMABLE, Target.NONE] = measure(
    "frt_human_p90", publish_status="not_estimable", value=None
)
BRANCHES[State.IMMATURE, Target.NONE] = measure(publish_status="immature")
BRANCHES[State.NO_DATA, Target.NONE] = Measure("logo_churn_rate", "none", EDITION, ())


def test_every_branch_has_a_fabricated_measure() -> None:
    assert set(BRANCHES) == set(HEADLINES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("branch", sorted(HEADLINES), ids=str)
def test_a_measure_reads_in_the_words_of_its_branch(branch: tuple[State, Target], language: str) -> None:
    one = BRANCHES[branch]
    assert (one.state, one.target) == branch
    said = text_of(headline(one, printer(language)))
    assert not re.search(r"[{}]|None", said), said
    template = Words(language).gettext(HEADLINES[branch])
    fixed = [piece.strip() for piece in re.split(r"\{\w+\}", template) if len(piece.strip()) > 3]
    assert all(piece in said for piece in fixed)
    others = {Words(language).gettext(text) for key, text in HEADLINES.items() if key != branch}
    assert template not in others, "two branches must not read alike"


def test_a_headline_carries_its_numbers_and_their_addresses() -> None:
    said = headline(BRANCHES[State.ROSE, Target.MISSED], printer())
    assert text_of(said) == (
        "Customer loss rose to 2.31%, 0.42 pp above September 2026 (1.89%); the target of 2.00% is missed."
    )
    assert re.findall(r'data-column="(\w+)"', said) == ["value", "change", "previous_value", "target"]


def test_a_change_beyond_chance_is_good_or_bad_by_the_direction_of_the_metric() -> None:
    assert measure(signal="up").tone is Tone.BAD
    assert measure(signal="down", change=-0.01).tone is Tone.GOOD
    assert measure("nps_rel", signal="up").tone is Tone.GOOD
    assert measure("nps_passive_share", signal="up").tone is Tone.NEUTRAL
    assert measure(signal="none").tone is Tone.NEUTRAL
    assert measure("nps_passive_share", target=0.3).target is Target.NONE


def test_key_messages_rank_what_moved_most_first_and_missed_targets_next() -> None:
    little = measure(
        "csi",
        value=78.0,
        change=0.6,
        previous_value=77.4,
        signal="none",
        change_ci_low=-1.0,
        change_ci_high=2.0,
        target=80.0,
    )
    some = measure(
        "nps_rel", value=41.0, change=5.0, previous_value=36.0, change_ci_low=1.0, change_ci_high=9.0
    )
    much = measure(change=0.009, change_ci_low=0.006, change_ci_high=0.012)
    met = measure("csat_t2b", value=0.9, change=0.0, signal="none", target=0.8)
    said = [text_of(message) for message, _ in key_messages([met, little, some, much], printer())]
    assert [text.split(" rose")[0].split(" is ")[0] for text in said] == [
        "Customer loss",
        "NPS",
        "The satisfaction index",
    ]
    assert len(key_messages([some] * 9, printer())) == 5


def test_when_nothing_moved_the_first_message_says_so() -> None:
    said = [text_of(message) for message, _ in key_messages([measure(signal="none")], printer())]
    assert said[0] == "No measure moved beyond chance in October 2026."
    assert "within the margin of error" in said[1]
    nothing = key_messages([Measure("nps_rel", "none", EDITION, ())], printer())
    assert [text_of(message) for message, _ in nothing] == ["This release holds no measures to report."]


def test_a_sentence_escapes_its_parts_but_not_its_numbers() -> None:
    said = say("{name}: {value}", name="<b>&", value=printer().number("nps_rel", row(), "base"))
    assert said.startswith("&lt;b&gt;&amp;: <data ")


def test_a_month_at_the_head_of_a_sentence_has_a_capital_and_nowhere_else() -> None:
    assert say("{month}: {month}", month="октябрь 2026 г.") == "Октябрь 2026 г.: октябрь 2026 г."
    assert say("{name}", name="критик") == "критик"


# Catalogues ---------------------------------------------------------------------------


def test_no_message_is_missing_untranslated_or_has_other_placeholders() -> None:
    assert catalogues.check() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogues_on_disk_are_what_the_tool_writes(language: str) -> None:
    path = PACKAGE / "locales" / language / "LC_MESSAGES" / "reports.po"
    assert path.read_text(encoding="utf-8") == catalogues.written(catalogues.updated(language))


def test_the_check_sees_a_gap_and_a_wrong_placeholder() -> None:
    found = catalogue("ru")
    message = next(m for m in found if m.id == "target {target}")
    message.string = ""
    assert catalogues.faults(message) == ["'target {target}' is not translated"]
    message.string = "цель {goal}"
    assert "other placeholders" in catalogues.faults(message)[0]


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", {1: "One more group is in the data only", 2: "2 more groups are in the data only"}),
        (
            "ru",
            {
                1: "Ещё 1 группа есть только в данных",
                3: "Ещё 3 группы есть только в данных",
                5: "Ещё 5 групп есть только в данных",
                21: "Ещё 21 группа есть только в данных",
            },
        ),
        (
            "lt",
            {
                1: "Dar 1 grupė yra tik duomenyse",
                2: "Dar 2 grupės yra tik duomenyse",
                10: "Dar 10 grupių yra tik duomenyse",
                11: "Dar 11 grupių yra tik duomenyse",
                21: "Dar 21 grupė yra tik duomenyse",
            },
        ),
    ],
)
def test_plurals_follow_the_language(language: str, forms: dict[int, str]) -> None:
    words = Words(language)
    for count, expected in forms.items():
        assert (
            words.ngettext(
                "One more group is in the data only", "{count} more groups are in the data only", count
            ).format(count=count)
            == expected
        )


def test_an_unknown_metric_and_category_print_as_the_data_has_them() -> None:
    assert Words("ru").term("channel", "fax") == "fax"
    assert Words("ru").metric("own_metric", "name") == "own_metric"


# Templates ----------------------------------------------------------------------------


def test_templates_do_no_arithmetic_and_trust_no_data() -> None:
    for path in sorted((PACKAGE / "templates").glob("*.html")):
        text = path.read_text(encoding="utf-8")
        for expression in re.findall(r"\{\{(.*?)\}\}|\{%(.*?)%\}", text, re.DOTALL):
            code = re.sub(r"'[^']*'|\"[^\"]*\"", "", "".join(expression)).strip("- ")
            assert not re.search(r"[\w)\]]\s*[-+*/]\s*[\w(]|\*\*|//|\b(?:sum|round|abs|min|max)\b", code), (
                path.name,
                code,
            )
            assert not re.search(r"\|\s*(?:safe|sum|round|int|float)\b", code), (path.name, code)


# Formats ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "2.3%",
                "−50%",
                "€1,284",
                "€1.3T",
                "3 hr 52 min",
                "5 days 2 hr",
                "0 min",
                "−35 min",
                "+1.9",
                "October 2026",
                "May 26",
                "a, b, and c",
            ],
        ),
        (
            "ru",
            [
                "2,3 %",
                "−50 %",
                "1 284 €",
                "1,3 трлн €",
                "3 ч 52 мин",
                "5 дн. 2 ч",
                "0 мин",
                "−35 мин",
                "+1,9",
                "октябрь 2026 г.",
                "май 26",
                "a, b и c",
            ],
        ),
        (
            "lt",
            [
                "2,3 %",
                "−50 %",
                "1 284 €",
                "1,3 trln. €",
                "3 val. 52 min.",
                "5 d. 2 val.",
                "0 min.",
                "−35 min.",
                "+1,9",
                "2026 m. spalis",
                "geg 26",
                "a, b ir c",
            ],
        ),
    ],
)
def test_numbers_dates_and_lists_are_written_as_the_language_does(language: str, expected: list[str]) -> None:
    formats = Formats(language, "EUR")
    found = [
        formats.percent(0.0231, 1),
        formats.percent(-0.5),
        formats.money(1284),
        formats.compact_money(1.28e12),
        formats.duration(232),
        formats.duration(5 * 1440 + 130),
        formats.duration(0),
        formats.signed_duration(-35),
        formats.percentage_points(0.019),
        formats.month(dt.date(2026, 10, 1)),
        formats.short_month(dt.date(2026, 5, 1)),
        formats.list(["a", "b", "c"]),
    ]
    assert [text.replace("\u00a0", " ").replace("\u202f", " ") for text in found] == expected


def test_numbers_round_as_people_do_and_zero_has_no_sign() -> None:
    formats = Formats("en")
    assert str(rounded(2.675, 2)) == "2.68"
    assert formats.signed(-0.04, 1) == "0.0"
    assert formats.signed(0.05, 1) == "+0.1"
    assert formats.signed_duration(-0.3) == "−0.3\u00a0min"
    assert formats.signed_duration(0.0) == "0\u00a0min"
    assert formats.duration(-90) == "−1\u00a0hr\u00a030\u00a0min"
    assert formats.money(12.5, 2) == "12.50"
    assert formats.compact_money(2_500_000) == "2.5M"
    said = [
        [formats.axis_duration(step * tick, step).replace("\u00a0", " ") for tick in (0, 1, 3)]
        for step in (10, 30, 60, 90, 720, 1440)
    ]
    assert said == [
        ["0 min", "10 min", "30 min"],
        ["0 min", "30 min", "90 min"],
        ["0 hr", "1 hr", "3 hr"],
        ["0 hr", "1.5 hr", "4.5 hr"],
        ["0 hr", "12 hr", "36 hr"],
        ["0 days", "1 day", "3 days"],
    ], "one unit on an axis"
    assert formats.quarter(dt.date(2026, 10, 1)) == "4th quarter 2026"
    assert [Formats(language).year(dt.date(2026, 10, 1)) for language in LANGUAGES] == [
        "2026",
        "2026\u202fг.",
        "2026\u00a0m.",
    ]
    assert Formats("lt").date(dt.date(2026, 10, 1)) == "2026\u00a0m. spalio 1\u00a0d."
    quarters = [Formats(language, grain="quarter") for language in LANGUAGES]
    assert [one.period(dt.date(2026, 7, 1)) for one in quarters] == [
        "3rd quarter 2026",
        "3-й квартал 2026\u202fг.",
        "2026\u00a0m. III ketvirtis",
    ]
    assert [one.short_period(dt.date(2026, 7, 1)) for one in quarters] == [
        "Q3\u00a026",
        "3-й\u00a0кв.\u00a026",
        "III\u00a0ketv.\u00a026",
    ]
    assert [Formats(language).language_name("lt") for language in LANGUAGES] == [
        "Lithuanian",
        "литовский",
        "lietuvių",
    ]
    assert formats.language_name("zz") == "zz"


def test_values_and_changes_are_printed_by_the_unit_of_the_metric() -> None:
    print_as = printer()
    assert print_as.value("nps_rel", -38.4) == "−38"
    assert print_as.value("csat_mean", 4.236) == "4.24"
    assert print_as.value("churn_events", 12.0) == "12"
    assert print_as.change("csat_mean", -0.05) == "−0.05"
    assert print_as.change("churn_events", 3.0) == "+3"
    assert print_as.size("frt_human_p90", -35.0) == "35\u00a0min"
    assert print_as.size("nps_rel", -5.6) == "5.6 pts"
    assert all(known.direction in ("up", "down", "none") for known in METRICS.values())


def test_the_target_of_a_month_says_nothing_of_a_quarters_churn() -> None:
    quarter = Edition(MONTH, "quarter")
    rows = (row(target=0.02),)
    assert Measure("logo_churn_rate", "none", quarter, rows).target is Target.NONE
    assert Measure("logo_churn_rate", "none", EDITION, rows).target is Target.MISSED
    assert Measure("csat_t2b", "none", quarter, (row(target=0.02),)).target is Target.MET
