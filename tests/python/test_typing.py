"""Texts become the same values on both engines: what each would read on its own, the contract decides."""

from dbt_runner import Warehouse

NUMBERS = {
    "5": "5", "+5": "5", "-.5": "-0.5", "1.": "1", "1e3": "1000", "1E-2": "0.01",
    "\u00a05\u202f": "5", "\t5\r\n": "5", "\ufeff5": "5",
    "1_200": None, "nan": None, "NaN": None, "inf": None, "Infinity": None, "0x10": None, "0b1": None,
    "1 2": None, "--5": None, "e5": None, "5e": None, "1,2": None, "\u0661": None, "": None, "1e400": None,
}  # fmt: skip
DAYS = {
    "2026-01-05": "2026-01-05", "2026-1-5": "2026-01-05", "2026-01-05T10:00:00Z": "2026-01-05",
    "2026-1-5 10:00": "2026-01-05", "\u00a02026-01-05 ": "2026-01-05", "2024-02-29": "2024-02-29",
    "2026-02-30": None, "2026/01/05": None, "2026 01 05": None, "20260105": None, "26-01-05": None,
    "2026-01-05x": None, "2026-01-05 noon": None, "infinity": None, "epoch": None, "now": None, "today": None,
}  # fmt: skip
INSTANTS = {
    "2026-01-05": "2026-01-05 00:00:00",
    "2026-01-05T10:00": "2026-01-05 10:00:00",
    "2026-1-5 9:00": "2026-01-05 09:00:00",
    "2026-01-05T10:00:00.1234567": "2026-01-05 10:00:00.123456",
    "2026-01-05 10:00:00.123456789Z": "2026-01-05 10:00:00.123456",
    "2026-01-05T10:00:00Z": "2026-01-05 10:00:00",
    "2026-01-05T10:00z": "2026-01-05 10:00:00",
    "2026-01-05T10:00:00+02:00": "2026-01-05 08:00:00",
    "2026-01-05T10:00+0200": "2026-01-05 08:00:00",
    "2026-01-05 10:00:00-05": "2026-01-05 15:00:00",
    "2026-01-05 10:00:00 +02:00": "2026-01-05 08:00:00",
    "2026-01-05 10:00:00 UTC": "2026-01-05 10:00:00",
    "2026-01-05 10:00 UTC": "2026-01-05 10:00:00",
    "2026-1-5 9:00+02": "2026-01-05 07:00:00",
    "\u00a02026-01-05 10:00:00\u200b": "2026-01-05 10:00:00",
    **dict.fromkeys((
        "2026-01-05 10", "2026-01-05 10:", "2026-01-05 1:2:3", "2026-01-05 100000", "2026-01-05  10:00",
        "2026-01-05 10:00:60", "2026-01-05 25:00", "2026-01-05 10:00 PM", "2026-01-05 10:00:00,5",
        "2026-01-05 10:00:00 EST", "2026-01-05 10:00:00 Europe/Vilnius", "2026/01/05 10:00",
        "2026-02-30 10:00", "2026-01-05Z", "2026-01-05T", "infinity", "epoch", "now", "yesterday",
    )),
}  # fmt: skip
FLAGS = {
    "TRUE": "true", "\u00a0yes": "true", "t": "true", "Y": "true", "1": "true", "No": "false", "0": "false",
    "on": None, "off": None, "tru": None, "2": None, "\u0442": None,
}  # fmt: skip
TEXTS = {
    " c1 ": "c1", "\u00a0c1": "\u00a0c1", "\tc1": "\tc1", "c\u200b1": "c\u200b1", "   ": None, "": None,
}  # fmt: skip


CASES = {
    "double precision": NUMBERS,
    "decimal(18,4)": NUMBERS,
    "date": DAYS,
    "timestamp": INSTANTS,
    "boolean": FLAGS,
    "text": TEXTS,
}


# The steps in which staging reads a column, before anything is repaired.
READ = """
    {%- set reading = reading_of_text('value_id', 'text', {}, false) if 'KIND' == 'text'
        else reading_of_type('value_id', 'text', 'KIND', {}) %}
    {%- set given %}(values VALUES) as given (number, raw__value_id){% endset %}
    {%- set read = namespace(sql=given) %}
    {%- for step in reading.steps %}
    {%- for made, expression in step.items() %}
    {%- set read.sql = '(select *, ' ~ expression ~ ' as ' ~ column_beside(made, 'value_id')
        ~ ' from ' ~ read.sql ~ ') as step_' ~ loop.index %}
    {%- endfor %}
    {%- endfor %}
    {%- set plain = column_beside('plain', 'value_id') if reading.steps else reading.value %}
    select number, cast({{ plain }} as text) as shown
    from {{ read.sql }}
"""


def test_a_text_is_the_same_value_on_each_engine(engine: Warehouse) -> None:
    expected = [(kind, text, value) for kind, cases in CASES.items() for text, value in cases.items()]
    parts = []
    for kind in CASES:
        values = ", ".join(
            f"({number}, {quoted(text)})" for number, (one, text, _) in enumerate(expected) if one == kind
        )
        parts.append(READ.replace("KIND", kind).replace("VALUES", values))
    found = engine.select(f"select * from ({' union all '.join(parts)}) as typed order by number")
    assert len(found) == len(expected) > 100
    for (kind, text, value), row in zip(expected, found, strict=True):
        shown = None if row["shown"] is None else str(row["shown"])
        if shown is not None and value is not None and CASES[kind] is NUMBERS:
            assert float(shown) == float(value), (kind, text)
        else:
            assert shown == value, (kind, text)


def quoted(text: str) -> str:
    """A text as an SQL string whose control characters survive the way through dbt."""
    plain = text.replace("'", "''")
    for character, written in (("\t", "chr(9)"), ("\r", "chr(13)"), ("\n", "chr(10)")):
        plain = plain.replace(character, f"' || {written} || '")
    return f"'{plain}'"
