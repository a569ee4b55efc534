"""Cells of our own reports and exports that no spreadsheet takes for a formula."""

import re

from leads.intake.text import INVISIBLE

# Signs that begin a formula, in their full-width forms too, behind anything that a spreadsheet skips.
_FORMULA = re.compile(rf"[\s\"{INVISIBLE}]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b]|[\t\r\n]")
_HARMLESS = re.compile(r"\+[0-9]{6,15}|-[0-9]+(?:\.[0-9]+)?")


def safe_cell(value: object) -> str:
    """The value as text; with an apostrophe before it when a spreadsheet would run it. None is ''.

    A phone number in E.164 and a plain negative number stay as they are.
    """
    text = "" if value is None else str(value)
    if _FORMULA.match(text) and not _HARMLESS.fullmatch(text):
        return f"'{text}"
    return text


def safe_row(values: list[object]) -> list[str]:
    """One row of cells for `csv.writer`."""
    return [safe_cell(value) for value in values]
