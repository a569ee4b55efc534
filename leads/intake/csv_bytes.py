"""What a file is, told from its bytes and never from its name."""

import codecs
from itertools import chain
from pathlib import Path

from leads.intake.problems import BadFile, shown

HEAD = 8_192
CHUNK = 1_048_576

_SAVE_AS_CSV = "save the table as 'CSV UTF-8' and import that"
_SIGNATURES = (
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7-zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
)
_OPENINGS = (
    ("<!doctype", "a web page or XML"),
    ("<html", "a web page or XML"),
    ("<?xml", "a web page or XML"),
    ("<table", "a web page or XML"),
    ("{\\rtf", "a word processor's document"),
    ("{", "JSON"),
    ("[", "JSON"),
)


def text_encoding(path: Path) -> str:
    """The encoding to open the file with: 'utf-8-sig' or, where the file begins with its mark, 'utf-16'.

    Raises BadFile when the file cannot be opened, is empty, or is something else than text by its first bytes.
    """
    head = _head(path)
    what = _binary_kind(head)
    if what:
        raise BadFile(f"'{shown(path.name)}' is {what} and not CSV; {_SAVE_AS_CSV}.")
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise BadFile(f"'{shown(path.name)}' is in UTF-32; {_SAVE_AS_CSV}.")
    encoding = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    opening = head.decode(encoding, "ignore").lstrip().lower()
    for mark, what in _OPENINGS:
        if opening.startswith(mark):
            raise BadFile(f"'{shown(path.name)}' is {what} and not CSV; {_SAVE_AS_CSV}.")
    return encoding


def bad_byte_line(path: Path, encoding: str) -> BadFile:
    """The error for a file that does not decode: it names the line of the first bad byte."""
    ends = _LineEnds()
    with path.open("rb") as file:
        plain = _without_mark(encoding, file.read(2))
        file.seek(0)
        decoder = codecs.getincrementaldecoder(plain)("strict")
        chunks = iter(lambda: file.read(CHUNK), b"")
        for chunk in chain(chunks, [b""]):
            try:
                ends.count(decoder.decode(chunk, final=not chunk))
            except UnicodeDecodeError as error:
                ends.count(error.object[: error.start].decode(plain))
                return _not_decodable(path, encoding, ends.seen + 1, error)
    return BadFile(f"'{shown(path.name)}' changed while it was read; import it again.")


class _LineEnds:
    """Counts ends of lines over chunks of text: LF, CRLF and CR alone."""

    def __init__(self) -> None:
        self.seen = 0
        self._after_return = False

    def count(self, text: str) -> None:
        self.seen += text.count("\n") + text.count("\r") - text.count("\r\n")
        if self._after_return and text.startswith("\n"):
            self.seen -= 1
        if text:
            self._after_return = text.endswith("\r")


def _without_mark(encoding: str, start: bytes) -> str:
    """The encoding that decodes any stretch of the file, not only its beginning."""
    if encoding != "utf-16":
        return "utf-8"
    return "utf-16-le" if start == codecs.BOM_UTF16_LE else "utf-16-be"


def _head(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise BadFile(f"'{shown(path.name)}' is not a file; name a CSV file.")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "the name cannot be one of a file"
        raise BadFile(f"'{shown(path.name)}' cannot be opened: {reason}.") from None
    if not head.strip(b"\r\n\t \xef\xbb\xbf"):
        raise BadFile(f"'{shown(path.name)}' is empty; export it again, with its heading line.")
    return head


def _binary_kind(head: bytes) -> str:
    if head.startswith(b"PK\x03\x04"):
        return "an Excel workbook" if b"[Content_Types].xml" in head or b"xl/" in head else "a zip archive"
    return next((what for mark, what in _SIGNATURES if head.startswith(mark)), "")


def _not_decodable(path: Path, encoding: str, line: int, error: UnicodeDecodeError) -> BadFile:
    name = "UTF-16" if encoding == "utf-16" else "UTF-8"
    byte = f"byte 0x{error.object[error.start]:02X}" if error.start < len(error.object) else "its end"
    return BadFile(f"Line {line:,} of '{shown(path.name)}' is not {name} ({byte}); {_SAVE_AS_CSV}.")
