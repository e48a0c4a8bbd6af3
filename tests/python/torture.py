"""The small company in hostile dress: the same facts written in every way, among rows that are refused.

What is published of it must not move.
"""

import csv
from collections.abc import Callable
from pathlib import Path

from small_raw import write_small_raw

HOSTILE_NAMES = (
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "'; drop table customers; --",
    "{{ 7 * 7 }}",
    '"quoted, and; parted"',
    "two\nlines",
    "ann@one.example",
)

ROWS = {
    "crm.customers": (46, 40, 3, 3),
    "crm.subscriptions": (46, 40, 6, 0),
    "crm.cancellations": (12, 8, 4, 0),
    "helpdesk.tickets": (67, 60, 7, 0),
    "helpdesk.ticket_messages": (125, 120, 2, 3),
    "helpdesk.ticket_events": (63, 60, 3, 0),
    "surveys.surveys": (2, 2, 0, 0),
    "surveys.questions": (5, 2, 3, 0),
    "surveys.responses": (482, 480, 2, 0),
    "surveys.answers": (487, 480, 6, 1),
    "surveys.invitations": (2, 2, 0, 0),
}
"""Raw, accepted, rejected and superseded rows of each table."""

REPAIRS = {
    ("customers", "50"): 2,
    ("customers", "22"): 2,
    ("subscriptions", "50"): 4,
    ("subscriptions", "51"): 1,
    ("subscriptions", "8"): 2,
    ("tickets", "8"): 1,
    ("tickets", "51"): 1,
    ("tickets", "21"): 1,
    ("tickets", "50"): 1,
    ("ticket_messages", "50"): 1,
    ("responses", "52"): 2,
    ("responses", "16"): 1,
    ("answers", "11"): 2,
}
"""Records of repair by table and rule."""

Cells = list[list[str]]


def write_torture(folder: Path) -> Path:
    """Write the company's files in hostile dress."""
    write_small_raw(folder)
    customers(folder / "crm" / "customers.csv")
    subscriptions(folder / "crm" / "subscriptions.csv")
    cancellations(folder / "crm" / "cancellations.csv")
    tickets(folder / "helpdesk" / "tickets.csv")
    messages(folder / "helpdesk" / "ticket_messages.csv")
    events(folder / "helpdesk" / "ticket_events.csv")
    surveys(folder / "surveys" / "surveys.csv")
    responses(folder / "surveys" / "responses.csv")
    answers(folder / "surveys" / "answers.csv")
    (folder / "surveys" / "invitations.csv").write_text(
        "invitation_id,survey_id,customer_id,sent_at\n"
        "i1,rel,c01,2026-01-02T10:03:00Z\n"  # three minutes after r rel0c01 answered
        "i2,rel,c01,2026-01-20T10:00:00Z\n"
    )
    (folder / "crm" / "notes.txt").write_bytes(bytes(range(256)))
    for number in range(200):
        (folder / "crm" / f"customers.part{number:03}.csv").write_text("not,a,table\n")
    return folder


def read(path: Path) -> tuple[list[str], Cells]:
    """Header and rows of a clean file."""
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    return header, rows


def write(
    path: Path, header: list[str], rows: Cells, *, delimiter: str = ",", encoding: str = "utf-8"
) -> None:
    """A file in a dialect of its own."""
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows([header, *rows])


def change(rows: Cells, key: str, place: int, new: Callable[[str], str]) -> None:
    """Write one cell of the row with a key in another way."""
    row = next(row for row in rows if row[0] == key)
    row[place] = new(row[place])


def customers(path: Path) -> None:
    """Semicolons, cp1251, a column twice, unseen characters, names that attack whoever reads them."""
    header, rows = read(path)
    for number, row in enumerate(rows):
        row += [row[1], HOSTILE_NAMES[number] if number < len(HOSTILE_NAMES) else f"Имя {number}", "x"]
    change(rows, "c02", 1, lambda value: f"\u00a0{value}")
    change(rows, "c03", 1, lambda value: f"{value}\u00a0")
    rows.append(list(rows[5]))
    rows.append([*rows[6][:2], "2025-01-01", *rows[6][3:]])
    rows.append(["", "large", "2026-01-01", "large", "nobody", "x"])
    rows.append(["c98", "large", "2026-01-01", "small", "two minds", "x"])
    header = [*header, " SEGMENT ", "name", "ho\"sti'le; --"]
    write(path, header, rows, delimiter=";", encoding="cp1251")
    with path.open("ab") as stream:
        stream.write("c99;large;2026-01-01;large;один;x;лишний\r\n".encode("cp1251"))


def subscriptions(path: Path) -> None:
    """Decimal commas, Excel's days, seconds; prices and ends that make no sense."""
    header, rows = read(path)
    for number, written in enumerate(("50,00", "50,0", "5e1", "0050", "50.0000")):
        change(rows, f"sc0{number}", 5, lambda _, written=written: written)
    change(rows, "sc05", 3, lambda _: "45962")
    change(rows, "sc06", 3, lambda _: "1761955200")
    change(rows, "sc07", 3, lambda _: "1761955200000")
    change(rows, "sc08", 3, lambda _: "2025-11-01T00:00+00:00")
    rows += [
        ["bad1", "c01", "basic", "2025-11-01", "2025-10-31", "50"],
        ["bad2", "c01", "basic", "2025-11-01", "", "-50"],
        ["bad3", "c01", "basic", "2025-11-01", "", "1,200"],
        ["bad4", "c01", "basic", "2025-11-01", "", "99999999999999999"],
        ["bad5", "c01", "basic", "in spring", "", "50"],
        ["bad6", "", "basic", "2025-11-01", "", "50"],
    ]
    write(path, header, rows, delimiter="\t", encoding="utf-16")


def cancellations(path: Path) -> None:
    """Values outside their lists, instants that cannot be."""
    header, rows = read(path)
    change(rows, "xc00", 3, lambda value: f" {value.upper()} ")
    bad = ["c01", "2026-03-01", "customer", "customer", "too_expensive"]
    for number, (place, value) in enumerate(((2, "alien"), (1, "2026-07-03"), (1, "1999-12-31"), (0, ""))):
        rows.append([f"bad{number}", *bad[:place], value, *bad[place + 1 :]])
    write(path, header, rows)


def tickets(path: Path) -> None:
    """Numbers for instants, statuses in capitals, circles; subjects with all that people paste."""
    header, rows = read(path)
    for row in rows:
        row.append("")
        row.append("")
    change(rows, "t000", 2, lambda _: "1767258000")
    change(rows, "t001", 2, lambda _: "46055.375")
    change(rows, "t002", 4, lambda value: f" {value.upper()} ")
    change(rows, "t003", 5, lambda _: "Не работает".encode().decode("cp1251"))
    change(rows, "t004", 5, lambda _: "call +370 600 12345 or ann@one.example")
    change(rows, "t006", 5, lambda _: "\u202egnp.exe <img src=x onerror=alert(1)>")
    change(rows, "t005", 5, lambda _: "x" * 1_500_000)
    bad = ["c01", "2026-03-01", "email", "solved", "", ""]
    rows.append(["bad0", "c01", "1999-12-31T23:59:59Z", *bad[2:]])
    rows.append(["bad1", "c01", "2026-07-03", *bad[2:]])
    rows.append(["bad2", "c01", "2026-03-01", "email", "lost", "", ""])
    rows.append(["bad3", *bad[:5], "bad4"])
    rows.append(["bad4", *bad[:5], "bad3"])
    rows.append(["bad5", "c01", "2026-02-30", *bad[2:]])
    write(path, [*header, "subject", "merged_into_ticket_id"], rows, delimiter="|")
    with path.open("a", encoding="utf-8") as stream:
        stream.write('bad6|c01|2026-03-01|email|solved|"never closed\r\n')


def messages(path: Path) -> None:
    """NUL characters, the same message three times, messages of no ticket and of nobody."""
    header, rows = read(path)
    change(rows, "qt000", 5, lambda _: "He\0lp")
    rows += [list(rows[1]), list(rows[2]), list(rows[2])]
    rows.append(["bad0", "bad2", "2026-03-01", "customer", "true", "of a rejected ticket"])
    rows.append(["bad1", "t001", "2026-03-01", "", "true", "of nobody"])
    write(path, header, rows)


def events(path: Path) -> None:
    """A status nobody knows, an event of no ticket, a field of no ticket."""
    header, rows = read(path)
    rows.append(["bad0", "nothing", "2026-03-01", "status", "new", "solved"])
    rows.append(["bad1", "t001", "2026-03-01", "status", "new", "asleep"])
    rows.append(["bad2", "t001", "2026-03-01", "mood", "bad", "good"])
    write(path, header, rows)


def surveys(path: Path) -> None:
    """A byte order mark; questions on no scale, on one upside down, in no direction."""
    write(path, *read(path), encoding="utf-8-sig")
    questions = path.with_name("questions.csv")
    header, rows = read(questions)
    rows = [[*row, ""] for row in rows]
    rows += [
        ["bad0", "txn", "csat", "", "", ""],
        ["bad1", "txn", "csat", "5", "1", ""],
        ["bad2", "txn", "csat", "1", "5", "3"],
    ]
    write(questions, [*header, "direction"], rows)


def responses(path: Path) -> None:
    """Qualtrics' three header rows; answered before the invitation was sent."""
    header, rows = read(path)
    rows = [[*row, ""] for row in rows]
    change(rows, "rel0c01", 5, lambda _: "i1")
    rows.append(["bad0", "rel", "c01", "email", "2026-01-20T09:54:59Z", "i2"])
    rows.append(["bad1", "rel", "c01", "email", "2026-07-05", ""])
    header.append("invitation_id")
    labels = ["Response ID", "Survey", "Customer", "Channel", "Recorded, in UTC", "Invitation"]
    marks = [f'{{"ImportId":"{name}"}}' for name in header]
    write(path, header, [labels, marks, *rows])


def answers(path: Path) -> None:
    """Scores in words, off their scale, of no response; an edit that came too late."""
    header, rows = read(path)
    rows = [[*row, ""] for row in rows]
    for number, written in enumerate(("{}/5", "{} – so so", " {} ", "{}.0", "{}e0")):
        row = next(row for row in rows if row[0] == f"txn0c0{number + 1}")
        row[2] = written.format(row[2])
    rows += [
        ["rel0c00", "nps", "1", "2026-06-30T00:00:00Z"],
        ["rel0c04", "sat", "6", ""],
        ["rel0c05", "sat", "4,5", ""],
        ["rel0c06", "sat", "perhaps", ""],
        ["bad0", "nps", "9", ""],
        ["rel0c07", "bad0", "9", ""],
    ]
    write(path, [*header, "updated_at"], rows, encoding="utf-8")
