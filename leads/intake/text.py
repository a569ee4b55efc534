"""Text as people type it: cleaned for storing, folded for comparing."""

import re
import unicodedata

from leads.intake.problems import Unusable, shown

# Blank to the eye, yet left alone by str.strip: zero-width space, word joiner, byte order mark.
INVISIBLE = "\u200b\u2060\ufeff"

_LINE_BREAKS = re.compile(r"[\t\r\n\v\f\x85\u2028\u2029]+")
# With those that turn the direction of all that follows them, on a page as in Slack.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_PLACEHOLDER_EDGES = " .-_*?/\\"


def word_set(words: str) -> frozenset[str]:
    """The words of a text, for tables that read better as one."""
    return frozenset(words.split())


def trimmed(text: str) -> str:
    """Without blanks at both ends, the invisible ones included."""
    text = text.strip()
    if text.isascii():
        return text
    while text and (text[0] in INVISIBLE or text[-1] in INVISIBLE):
        text = text.strip(INVISIBLE).strip()
    return text


def clean_text(raw: object, *, limit: int) -> str:
    """One line of text in NFC, trimmed, without control characters; every other character is kept as typed.

    Line breaks and tabs become a blank. A number becomes its digits, since hooks send numbers for text.
    Raises Unusable: `not_text` for anything else that is no text, `too_long` beyond `limit` characters.
    """
    text = as_text(raw)
    if not (text.isascii() and text.isprintable()):
        text = _plain(text)
    text = trimmed(text)
    if len(text) > limit:
        raise Unusable("too_long", f"It has {len(text):,} characters; at most {limit} fit.")
    return text


def as_text(raw: object) -> str:
    """The text itself, or a number's digits. Raises Unusable `not_text` for a list, an object, a boolean."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return shown(raw)
    raise Unusable("not_text", "It must be text.")


def _plain(text: str) -> str:
    if _SURROGATES.search(text):
        raise Unusable("not_text", "It holds half of a character (a lone surrogate), which is no text.")
    text = _CONTROLS.sub("", _LINE_BREAKS.sub(" ", text))
    return unicodedata.normalize("NFC", text)


def collapsed(text: str) -> str:
    """Every run of blanks made one space."""
    return _BLANKS.sub(" ", text).strip()


def folded(text: str) -> str:
    """For comparing: compatibility forms, case and accents gone ('Türkiye' and 'TURKIYE' are one).

    Marks that are letters of their own script (Japanese voicing, Indic vowels) stay.
    """
    if text.isascii():
        return text.casefold()
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", text))


def words_key(text: str) -> str:
    """For comparing headings and names of places: folded, letters and digits only."""
    text = folded(text).replace("&", "and")
    return "".join(letter for letter in text if letter.isalnum() or unicodedata.category(letter)[0] == "M")


_NO_ANSWER = frozenset(("", "na", "n/a", "n.a", "none", "null", "nil", "unknown", "unspecified", "undefined", "tbd"))


def is_no_answer(text: str) -> bool:
    """Whether it is a usual way of leaving a field empty: '-', 'N/A', 'none', '???'."""
    return len(text) < 24 and text.strip(_PLACEHOLDER_EDGES).casefold() in _NO_ANSWER
