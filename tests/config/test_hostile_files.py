"""Whatever the file is, the answer is a sentence that names it, the line and what to do, and nothing is written."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from revops.config import reading
from revops.config.problems import Unreadable
from revops.config.reading import DEEPEST, MOST_BYTES, Node, read
from tests.config.conftest import Run

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


def refused(tmp_path: Path, content: bytes) -> str:
    file = tmp_path / "a.yaml"
    file.write_bytes(content)
    with pytest.raises(Unreadable) as error:
        read(file)
    return str(error.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (BOMB.encode(), "a.yaml:1: anchors (&) and aliases (*) are not read. Write out what is meant."),
        (b"a: 1\nb: *a\n", "a.yaml:2: anchors (&) and aliases (*)"),
        (b"a: 1\nb:\n\tc: 2\n", "a.yaml:3: a tab. YAML is indented by blanks alone."),
        (b"a: 1\nb: 2\na: 3\n", "a.yaml:3: 'a' is here twice, first on line 1."),
        (b"a: {b: 1, b: 2}\n", "a.yaml:1: 'b' is here twice"),
        (b"a: 1\n---\nb: 2\n", "a.yaml:2: a second document"),
        (b"a: !!python/object/apply:os.system [x]\n", "a.yaml:1: tags such as 'tag:yaml.org,2002:python/object"),
        (b"a: 1\nb: \x00\n", "a.yaml:2: a character that YAML does not allow"),
        (b'a: 1\nb: "\\0"\n', "a.yaml:2: a character that no text may hold"),
        (b'a: "\\ud800"\n', "a.yaml:1: a character that no text may hold"),
        ("a: 1\nb: café\n".encode("latin-1"), "a.yaml:2: this is no UTF-8. Save the file as UTF-8."),
        ("a: 1\n".encode("utf-16"), "a.yaml:1: this is no UTF-8."),
        (b"a: 'open\n", "a.yaml:2: this is no YAML: found unexpected end of stream"),
        (b"a: [1, 2\nb: 3\n", "a.yaml:2: this is no YAML"),
        (b"a: b: c\n", "a.yaml:1: this is no YAML: mapping values are not allowed here"),
        (b"? [a, b]\n: 1\n", "a.yaml:1: a name that is no text. Put it into quotes."),
        (b"1: 2\n", "a.yaml:1: a name that is no text"),
        (b"a: " + b"[" * 100_000, f"a.yaml:1: nested deeper than {DEEPEST}."),
        (b"- " * 100_000, f"a.yaml:1: nested deeper than {DEEPEST}."),
        (b"#" * (MOST_BYTES + 1), "a.yaml: larger than 4 MB, which no configuration is."),
    ],
)
def test_a_file_that_is_not_read(tmp_path: Path, content: bytes, told: str) -> None:
    assert refused(tmp_path, content).startswith(told)


def test_more_values_than_a_configuration_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_VALUES", 9)
    told = refused(tmp_path, b"a:\n" + b"- 1\n" * 20)
    assert told == "a.yaml:8: more than 9 values, which no configuration has."


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path, why in ((tmp_path, "Is a directory."), (tmp_path / "none.yaml", "No such file or directory.")):
        with pytest.raises(CommandError, match=why) as error:
            call_command("config", "diff", str(path))
        assert error.value.returncode == 2
    with pytest.raises(CommandError, match="no name of a file"):
        call_command("config", "diff", "a\x00b")
    with pytest.raises(CommandError, match="Say which file"):
        call_command("config", "apply")


def test_what_reads_otherwise_elsewhere_is_text(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: [NO, on, yes, 09:00, 2027-05-27, 0x1f, 010, 1e3, '1', '']\nb: [true, FALSE, ~, 12, -3, 1.5]\n")
    assert read(file).plain == {
        "a": ["NO", "on", "yes", "09:00", "2027-05-27", "0x1f", "010", "1e3", "1", ""],
        "b": [True, False, None, 12, -3, 1.5],
    }


def test_a_value_has_the_line_of_its_name(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a:\n  b:\n    - 1\n    - 2\n")
    inner = read(file).value["a"].value["b"]
    assert (inner.line, inner.value) == (2, [Node(3, 1), Node(4, 2)])


@pytest.mark.parametrize("text", ["", "# nothing\n", "[1, 2]\n", "teams: {}\n", "just words\n"])
def test_what_is_no_configuration_changes_nothing(run: Run, text: str) -> None:
    told = run("apply", text, "--yes")
    assert "this is no configuration of Airtight's, which begins with 'airtight: 1'." in told
    assert told.endswith("exit 2")


def test_a_later_format_is_not_guessed_at(run: Run) -> None:
    told = run("diff", "airtight: 2\n")
    assert "airtight.yaml:1: airtight: this version reads format 1, and the file says 2." in told
