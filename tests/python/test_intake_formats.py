"""Files as the world exports them: told apart without a hint, read whole, or refused in a clean sentence."""

import csv
import gzip
import re
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from cx_warehouse.clean_copy import REPAIR_COLUMNS
from cx_warehouse.cli import main
from cx_warehouse.csv_rows import Dialect, rows_in
from cx_warehouse.csv_text import Encoding, encoding_of
from cx_warehouse.errors import WrongUse
from cx_warehouse.intake import Intake, RawFile, copy_of_model, file_scan, look, write_copies

HEADER = "customer_id,name,city\n"

Rows = list[tuple[str, ...]]


def intake_of(folder: Path, content: bytes, name: str = "customers.csv", **options: str) -> Intake:
    """A look at a folder with one file."""
    (folder / "raw" / "crm").mkdir(parents=True, exist_ok=True)
    (folder / "raw" / "crm" / name).write_bytes(content)
    return look(folder / "raw", is_counting=False, **options)


def read(folder: Path, content: bytes, name: str = "customers.csv", **options: str) -> tuple[RawFile, Rows]:
    """The file as intake copies it, and the rows of the copy."""
    (file,) = write_copies(intake_of(folder, content, name, **options), folder / "clean")
    with (folder / "clean" / "crm" / "customers.csv").open(encoding="utf-8", newline="") as stream:
        rows = [tuple(row) for row in csv.reader(stream)]
    return file, rows


def cells(rows: Rows) -> Rows:
    """The columns of the file, without what intake adds."""
    return [row[: rows[0].index("cx__fault")] for row in rows[1:]]


def faults(rows: Rows) -> list[tuple[str, str]]:
    """Fault and line of the rows that have one."""
    return [(row[-3], row[-2]) for row in rows[1:] if row[-3]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain", HEADER + "1,Ann,Bonn\n"),
        ("byte order mark", "\ufeff" + HEADER + "1,Ann,Bonn\n"),
        ("carriage returns", HEADER.replace("\n", "\r\n") + '1,"Ann\r\nLee",Bonn\r\n'),
        ("padded header", " customer_id , name,city \n1,Ann,Bonn\n"),
        ("missing cells at the end of a row", HEADER + "1,Ann\n2\n"),
        ("a quote inside a cell", HEADER + '1,6" pipe,Bonn\n'),
        ("a megabyte in a cell", HEADER + "1," + "x" * 3_000_000 + ",Bonn\n"),
        ("header only", HEADER),
        ("letters of many languages", HEADER + "1,Šarūnė Привет é,Bonn\n"),
    ],
)
def test_what_follows_the_contract_is_left_where_it_lies(tmp_path: Path, name: str, content: str) -> None:
    intake = intake_of(tmp_path, content.encode())
    assert intake.files[0].is_clean, name
    assert not intake.problems
    assert write_copies(intake, tmp_path / "clean") == []


LITHUANIAN = "1,Žydrūnė Šimkienė,Kėdainiai\n2,Ąžuolas Čėsna,Šiauliai\n3,Eglė,Alytus\n"
RUSSIAN = "1,Привет мир,Псков\n2,«Да»,Орёл\n3,№ 5,Тула\n"
GERMAN = "1,Jürgen Müßig,Köln\n2,Zoé,Besançon\n3,Ann,Bonn\n"


@pytest.mark.parametrize(
    ("encoding", "body", "found"),
    [
        ("cp1257", LITHUANIAN, "cp1257"),
        ("cp1251", RUSSIAN, "cp1251"),
        ("latin-1", GERMAN, "cp1252"),
        ("utf-16", LITHUANIAN + RUSSIAN, "utf-16"),
    ],
)
def test_encodings_are_told_by_their_letters(tmp_path: Path, encoding: str, body: str, found: str) -> None:
    file, rows = read(tmp_path, (HEADER + body).encode(encoding))
    assert file.dialect == Dialect(Encoding(found), ",")
    assert cells(rows) == [tuple(line.split(",")) for line in body.splitlines()]


def test_a_file_put_together_of_two_encodings_keeps_both(tmp_path: Path) -> None:
    body = HEADER.encode() + (GERMAN * 3).encode() + "4,Jürgen,Köln\n".encode("latin-1")
    file, rows = read(tmp_path, body)
    assert file.dialect is not None
    assert file.dialect.encoding == Encoding("utf-8", "cp1252")
    assert {row[1] for row in cells(rows)} == {"Jürgen Müßig", "Zoé", "Ann", "Jürgen"}


def test_a_declared_encoding_is_believed_and_an_unknown_one_refused(tmp_path: Path) -> None:
    content = (HEADER + "1,fęi,x\n").encode("cp1257")
    assert cells(read(tmp_path, content, encoding="cp1257")[1]) == [("1", "fęi", "x")]
    assert faults(read(tmp_path, content, encoding="utf-8")[1]) == [
        ("unreadable row: bytes that are no letters in utf-8", "2")
    ]
    with pytest.raises(WrongUse, match="raw_encoding is 'klingon'"):
        encoding_of(tmp_path / "raw" / "crm" / "customers.csv", "klingon", is_whole=False)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_delimiters_are_told_by_the_columns_of_the_contract(tmp_path: Path, delimiter: str) -> None:
    content = f'customer_id,name,city\n1,"a{delimiter}b",c\n'.replace(",", delimiter)
    file, rows = read(tmp_path, content.encode())
    assert file.dialect == Dialect(Encoding("utf-8"), delimiter)
    assert cells(rows) == [("1", f"a{delimiter}b", "c")]


def test_excel_names_its_delimiter_in_a_first_line(tmp_path: Path) -> None:
    _, rows = read(tmp_path, b"sep=;\r\ncustomer_id;name;city\r\n1;a,b;c\r\n")
    assert cells(rows) == [("1", "a,b", "c")]


def test_quotes_escaped_by_a_backslash(tmp_path: Path) -> None:
    _, rows = read(tmp_path, (HEADER + '1,"6\\" pipe",c\n2,"a ""b""",c\n3,d,e\n').encode())
    assert cells(rows)[0] == ("1", '6" pipe', "c")


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("2,b,c,d", "more cells than columns"),
        ('2,"b"x,c', "a quote in the wrong place"),
        ('2,"b,c', "a quote that is never closed"),
        ("2," + "x" * (17 << 20), "more than 16 MB"),
    ],
)
def test_a_row_that_cannot_be_told_is_kept_and_the_next_is_read(tmp_path: Path, row: str, fault: str) -> None:
    file, rows = read(tmp_path, (HEADER + "1,a,b\n" + row + "\n3,c,d\n").encode())
    assert cells(rows) == [("1", "a", "b"), ("", "", ""), ("3", "c", "d")]
    assert faults(rows) == [(f"unreadable row: {fault}", "3")]
    assert rows[2][-1] == row[: 1 << 20]
    assert file.reading is not None
    assert file.reading.words == f"1 rows with {fault}"


def test_blank_cells_after_the_end_of_a_row_are_no_fault(tmp_path: Path) -> None:
    _, rows = read(tmp_path, (HEADER + "1,Ann,Bonn,, \n2,Lee\n").encode())
    assert (cells(rows), faults(rows)) == ([("1", "Ann", "Bonn"), ("2", "Lee", "")], [])


def test_a_column_that_stands_there_twice_must_not_say_two_things(tmp_path: Path) -> None:
    _, rows = read(tmp_path, b"customer_id,name,NAME\n1,a,a\n2,a,\n3,a,b\n")
    assert cells(rows) == [("1", "a"), ("2", "a"), ("", "")]
    assert faults(rows) == [("unreadable row: two values for the column name, which stands there twice", "4")]


def test_a_column_whose_name_has_two_lines_is_read(tmp_path: Path) -> None:
    content = b'customer_id;"second\r\nline";"third\nline"\r\n1;a;"b\nc"\r\n'
    _, rows = read(tmp_path, content)
    assert rows[0][:3] == ("customer_id", "second line", "third line")
    assert cells(rows) == [("1", "a", "b\nc")]
    scan = file_scan(str(tmp_path / "clean" / "crm" / "customers.csv"))
    assert duckdb.sql(f"select * from {scan}").fetchall() == [("1", "a", "b\nc", None, None, None)]


def test_nul_characters_are_left_out_and_recorded(tmp_path: Path) -> None:
    file, rows = read(tmp_path, (HEADER + "1,a\0b,c\n2,d,e\n").encode())
    assert cells(rows) == [("1", "ab", "c"), ("2", "d", "e")]
    assert file.reading is not None
    assert [(one.rule, one.line) for one in file.reading.repairs] == [("50", 2)]


def test_header_rows_among_the_data_are_left_out_and_recorded(tmp_path: Path) -> None:
    labels = 'Customer,"Name, full",City\n"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}",x\n'
    file, rows = read(tmp_path, (HEADER + labels + "1,a,b\n" + HEADER + "2,c,d\n").encode())
    assert cells(rows) == [("1", "a", "b"), ("2", "c", "d")]
    assert file.reading is not None
    assert [(one.rule, one.line) for one in file.reading.repairs] == [("52", 2), ("52", 3), ("52", 5)]
    # A value that only looks like it, further down, is data.
    assert not look_clean(tmp_path / "other", HEADER + "1,ImportId,b\n")
    assert look_clean(tmp_path / "third", HEADER + "1,a,b\n" * 4 + "5,ImportId,b\n")


def look_clean(folder: Path, content: str) -> bool:
    """Whether a file is left where it lies."""
    return intake_of(folder, content.encode()).files[0].is_clean


def test_repairs_are_written_beside_the_copies(tmp_path: Path) -> None:
    read(tmp_path, "customer_id;name;city\n1;Привет мир;b\n".encode("cp1251"))
    with (tmp_path / "clean" / "repairs.csv").open(encoding="utf-8") as stream:
        first, *others = csv.reader(stream)
    assert tuple(first) == REPAIR_COLUMNS
    assert [(row[1], row[2], row[5]) for row in others] == [
        ("customers", "50", "encoding cp1251"),
        ("customers", "50", "delimiter ';'"),
    ]


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "customers.csv", "is empty: it has no header row"),
        (b"\n \n\n", "customers.csv", "is empty: it has no header row"),
        (bytes(range(256)) * 40, "customers.csv", "is no text file"),
        (b'customer_id,"name\n1,a\n', "customers.csv", "line 1: the header has a quote"),
        (
            b"name,city\na,b\n",
            "customers.csv",
            "has no column customer_id, which is required. Found: name, city",
        ),
        (gzip.compress(HEADER.encode(), mtime=0)[:-9], "customers.csv.gz", "cannot be read"),
        (b"no gzip", "customers.csv.gz", "cannot be read"),
        (b"PAR1 but not really", "customers.parquet", "cannot be read as Parquet"),
    ],
)
def test_what_stops_a_build_names_the_file_and_what_to_do(
    tmp_path: Path, content: bytes, name: str, sentence: str
) -> None:
    (problem,) = intake_of(tmp_path, content, name).problems
    assert str(tmp_path / "raw" / "crm" / name) in problem
    assert sentence in problem
    assert re.search(r"Export it|Add the column", problem)
    assert "Traceback" not in problem


def test_parquet_of_any_type_is_described_and_left(tmp_path: Path) -> None:
    path = tmp_path / "raw" / "crm" / "customers.parquet"
    path.parent.mkdir(parents=True)
    duckdb.sql("select 1::hugeint as customer_id, [1, 2] as name, {'a': 1} as city").write_parquet(str(path))
    (file,) = look(tmp_path / "raw", is_counting=True).files
    assert (file.rows, file.format, file.problem) == (1, "Parquet", None)


def test_hundreds_of_files_are_told_in_a_few_lines_and_near_names_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "crm"
    folder.mkdir(parents=True)
    (folder / "customers.csv").write_text(HEADER)
    (folder / "Custmers.CSV").write_text(HEADER)
    for number in range(400):
        (folder / f"part-{number:04}.csv").write_text("x\n")
    result = CliRunner().invoke(main, ["intake", str(tmp_path / "raw")])
    assert result.exit_code == 0, result.output
    assert "stay unread: 401" in result.output
    assert "perhaps=crm.customers" in result.output
    assert result.output.count("part-") < 30


def test_cx_intake_says_what_it_found(tmp_path: Path) -> None:
    intake_of(tmp_path, "customer_id;name\n1;Привет мир\n2;b;c\n".encode("cp1251"))
    result = CliRunner().invoke(main, ["intake", str(tmp_path / "raw")])
    assert result.exit_code == 0, result.output
    assert "CSV; cp1251, delimiter ';'; 2 repairs; 1 rows with more cells than columns" in result.output


def test_trouble_deep_in_a_large_file_is_met_with_a_copy(tmp_path: Path) -> None:
    content = HEADER + "1,a,b\n" * 400_000 + '2,"b"x,c\n' + "3,c,d\n"
    intake = intake_of(tmp_path, content.encode())
    assert intake.files[0].is_clean
    write_copies(intake, tmp_path / "clean")
    file = copy_of_model(tmp_path / "raw", "stg_crm__customers", tmp_path / "clean", None)
    assert file is not None
    assert file.reading is not None
    assert (file.rows, file.reading.words) == (400_002, "1 rows with a quote in the wrong place")
    # Once copied it is not copied again, and other models have no file here.
    assert copy_of_model(tmp_path / "raw", "stg_crm__customers", tmp_path / "clean", None) is None
    assert copy_of_model(tmp_path / "raw", "stg_crm__orders", tmp_path / "clean", None) is None


def test_lines_end_in_any_way() -> None:
    dialect = Dialect(Encoding("utf-8"), ",")
    assert [row.cells for row in rows_in(iter(["a,b\r", "1,2\r\n", "3,4\n", "5,6"]), dialect)] == [
        ["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"],
    ]  # fmt: skip
