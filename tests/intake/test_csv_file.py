import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.intake.csv_file import open_table
from leads.intake.problems import BadFile

Written = Callable[[bytes | str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(content: bytes | str, name: str = "leads.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def refusal(path: Path) -> str:
    with pytest.raises(BadFile) as error:
        open_table(path)
    sentence = str(error.value)
    assert sentence.isprintable()
    return sentence


@pytest.mark.parametrize(
    "content",
    [
        "email,name\na@b.co,Zoë\n",
        "email;name\r\na@b.co;Zoë\r\n",
        "email\tname\ra@b.co\tZoë\r",
        "email|name\n\n\na@b.co|Zoë",
        'sep=;\nemail;name\n"a@b.co";Zoë\n',
        "\n\nemail,name\na@b.co,Zoë\n , \n,,\n"[:-3],
        'email;"name, and; more"\na@b.co;Zoë\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_can_be_read(content: str, encoding: str, written: Written) -> None:
    table = open_table(written(content.encode(encoding)))
    rows = list(table.rows())
    assert [list(row.cells.values()) for row in rows] == [["a@b.co", "Zoë"]]
    assert table.columns[0] == "email"
    assert table.row_count == 1
    assert rows == list(table.rows())


def test_utf_16_of_either_order(written: Written) -> None:
    text = "email,name\na@b.co,Zoë\n"
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        table = open_table(written(mark + text.encode(encoding)))
        assert [row.cells["name"] for row in table.rows()] == ["Zoë"]


def test_rows_know_their_line_and_number(written: Written) -> None:
    table = open_table(
        written('email,note\n"a@b.co","two\r\nlines"\n\nc@d.co,"say ""hi"""\ne@f.co\ng@h.co,x,y\ni@j.co,z\n')
    )
    rows = list(table.rows())
    assert [(row.line, row.number) for row in rows] == [(2, 1), (5, 2), (6, 3), (7, 4), (8, 5)]
    assert rows[0].cells == {"email": "a@b.co", "note": "two\r\nlines"}
    assert rows[1].cells["note"] == 'say "hi"'
    assert [row.doubt.sentence for row in rows if row.doubt] == [
        "The row has 1 cell where the heading has 2; the missing ones are blank.",
        "The row has 3 cells where the heading has 2.",
    ]
    assert rows[2].cells == {"email": "e@f.co", "note": ""}
    assert [row.shifted for row in rows] == [None, None, None, ("g@h.co", "x", "y"), None]
    assert rows[4].cells == {"email": "i@j.co", "note": "z"}


def test_a_surplus_of_blank_cells_is_nothing(written: Written) -> None:
    [row] = open_table(written("email,name\na@b.co,Zoë,, ,\n")).rows()
    assert (row.cells, row.doubt, row.shifted) == ({"email": "a@b.co", "name": "Zoë"}, None, None)


def test_a_stray_quote_spoils_its_own_line_only(written: Written) -> None:
    rows = list(open_table(written('email,note\na@b.co,"say "hi" now"\nc@d.co,"well, ok"\n')).rows())
    assert [(row.line, row.doubt and row.doubt.code) for row in rows] == [(2, "stray_quote"), (3, None)]
    assert rows[0].shifted is not None
    assert rows[0].shifted[0] == "a@b.co"
    assert rows[1].cells == {"email": "c@d.co", "note": "well, ok"}


@pytest.mark.parametrize(
    "tail",
    [
        'c@d.co,"open\ne@f.co,y\n',
        'c@d.co,"open\ne@f.co,"y"\n',  # a quote further down only seems to close it
        'c@d.co,"He said "no"\nand left",y\n',
        'c@d.co,"' + "open\n" * 30_000,
    ],
)
def test_from_an_unclosed_quote_on_nothing_is_guessed(tail: str, written: Written) -> None:
    table = open_table(written("email,name\na@b.co,x\n" + tail))
    rows = list(table.rows())
    assert [(row.line, row.shifted) for row in rows] == [(2, None), (3, ())]
    assert table.row_count == 2
    assert rows[1].doubt is not None
    assert table.unread == rows[1].doubt.sentence
    assert table.unread.startswith("The row that begins on line 3 has a ")
    assert f"(line {2 + tail.count(chr(10)):,})" in table.unread


def test_a_cell_too_long_for_any_table_spoils_its_own_line_only(written: Written) -> None:
    rows = list(open_table(written("email\n" + "x" * 140_000 + "\na@b.co\n")).rows())
    assert [(row.doubt and row.doubt.code, row.shifted) for row in rows] == [("too_long", ()), (None, None)]


def test_columns_without_a_heading_get_a_name(written: Written) -> None:
    assert open_table(written("email, ,x,\na,b,c,d\n")).columns == ("email", "column 2", "x", "column 4")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n \n", "is empty"),
        ("email,name\n", "has a heading but no rows"),
        ("email,name\n,\n\n", "has a heading but no rows"),
        (b"PK\x03\x04..[Content_Types].xml..xl/", "is an Excel workbook"),
        (b"PK\x03\x04....photos", "is a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an old Excel"),
        (b"\x89PNG\r\n\x1a\n", "is a PNG picture"),
        (b"%PDF-1.7\n", "is a PDF document"),
        ("  <!DOCTYPE html><html>", "is a web page"),
        ("<html><body>email,name", "is a web page"),
        ('{"email": "a@b.co"}\n', "is JSON"),
        ('[{"email": "a@b.co"}]\n', "is JSON"),
        ("email,name\na@b.co,Zo\u00eb\n".encode("cp1252"), "Line 2 of 'leads.csv' is not UTF-8 (byte 0xEB)"),
        ("email\n" * 3 + "\u65e5\u672c\n", None),
        (b"email\r\na@b.co\r\n\x93\xfa\x96\x7b\r\n", "Line 3 of 'leads.csv' is not UTF-8"),
        (b"email\ra@b.co\r\xff\r", "Line 3 of 'leads.csv' is not UTF-8"),
        (b"email\na@b.co\n\xe6\x97", "Line 3 of 'leads.csv' is not UTF-8"),
        (b"\xff\xfe" + "email\na@b.co\n".encode("utf-16-le") + b"x", "Line 3 of 'leads.csv' is not UTF-16"),
        (b"\xfe\xff" + "email\na@b.co\n".encode("utf-16-be") + b"\xd8\x00", "Line 3 of 'leads.csv' is not UTF-16"),
        ("email\na@b.co\n".encode("utf-16-le"), "Line 1 of 'leads.csv' holds a NUL byte"),
        (b"\xff\xfe\x00\x00e\x00\x00\x00", "is in UTF-32"),
        (b"email\na@\x00b.co\n", "Line 2 of 'leads.csv' holds a NUL byte"),
        ("email,Name,name\na,b,c\n", "Columns 2 and 3 are both headed 'name'"),
        (",".join(f"c{i}" for i in range(5_000)) + "\n", "has 5,000 columns"),
        ('email,name\na@b.co,"open\ne@f.co,y\n', "Nothing of 'leads.csv' can be used. The row that begins on line 2"),
        ('email,"name\na@b.co,x\n', "The heading of 'leads.csv' cannot be read."),
        ("email\n" + "x," * 600_000 + "\n", "Line 2 of 'leads.csv' has over a million characters"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(
    content: bytes | str, told: str | None, written: Written
) -> None:
    path = written(content)
    if told is None:
        assert open_table(path).row_count == 3
    else:
        assert told in refusal(path)


def test_what_is_no_file(tmp_path: Path) -> None:
    assert "cannot be opened" in refusal(tmp_path / "missing.csv")
    assert "is not a file" in refusal(tmp_path)
    assert "cannot be opened" in refusal(tmp_path / "a\r\nSet-Cookie: x.csv")


def test_the_line_of_a_bad_byte_is_right_beyond_the_first_chunk(written: Written) -> None:
    assert "Line 300,002 " in refusal(written(b"email\r\n" + b"a@b.co\r\n" * 300_000 + b"\xff\r\n"))


def test_memory_does_not_grow_with_the_file(written: Written) -> None:
    path = written("email,name\n" + "a@b.co,Zoe\n" * 100_000)
    tracemalloc.start()
    table = open_table(path)
    assert sum(1 for _ in table.rows()) == table.row_count == 100_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


@settings(deadline=None)
@given(content=st.binary() | st.text(alphabet='a,;"\n\r\t@\0é').map(str.encode))
def test_any_bytes_are_a_table_or_a_bad_file(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_bytes(content)
    try:
        table = open_table(path)
    except BadFile:
        return
    assert len(list(table.rows())) == table.row_count > 0
