"""Yes and no, lists, web addresses and a caller's own fields."""

import json
import re
from collections.abc import Mapping

from leads.intake.domains import split_address
from leads.intake.problems import Unusable, shown, storable
from leads.intake.text import clean_text, folded, is_no_answer, word_set

LONGEST_URL = 2_000
LONGEST_ITEM = 100
MOST_ITEMS = 100
LARGEST_CUSTOM = 16_384

_YES = word_set("yes y true t 1 x on checked ja j oui o si sim opted_in optin subscribed granted")
_NO = word_set("no n false f 0 off unchecked nein non nao opted_out optout unsubscribed denied")
_SEPARATORS = re.compile(r"[;,|\n]")
_SCHEME_ALONE = re.compile(r"(?:https?:?/*)?", re.IGNORECASE)


def clean_flag(raw: object) -> bool | None:
    """Yes or no in the words of a few languages, as 1 and 0 or as JSON; None for no answer.

    Raises Unusable: `not_a_flag`, `too_long`.
    """
    if isinstance(raw, bool):
        return raw
    if not isinstance(raw, (str, int)) or (isinstance(raw, int) and raw not in (0, 1)):
        raise Unusable("not_a_flag", "It must be yes or no.")
    word = folded(clean_text(raw, limit=LONGEST_ITEM)).replace(" ", "_").replace("-", "_")
    if word in _YES:
        return True
    if word in _NO:
        return False
    if is_no_answer(word):
        return None
    raise Unusable("not_a_flag", f"'{shown(raw)}' is neither yes nor no.")


def clean_list(raw: object) -> tuple[str, ...]:
    """Short texts from a list, or from one text with `;`, `,`, `|` between them; no blanks, no doubles.

    Raises Unusable: `not_a_list`, `not_text`, `too_long`, `too_many` beyond 100.
    """
    if isinstance(raw, str):
        raw = [] if is_no_answer(raw) else _SEPARATORS.split(raw)
    if not isinstance(raw, (list, tuple)):
        raise Unusable("not_a_list", "It must be a list of texts.")
    if len(raw) > MOST_ITEMS:
        raise Unusable("too_many", f"It has {len(raw):,} entries; at most {MOST_ITEMS} fit.")
    kept: dict[str, str] = {}
    for item in raw:
        text = clean_text(item, limit=LONGEST_ITEM)
        kept.setdefault(text.casefold(), text)
    return tuple(text for text in kept.values() if text)


def clean_website(raw: object) -> str:
    """A web address as typed, with or without http(s); '' for no answer ('http://' alone included).

    Raises Unusable: `not_a_website` for anything a browser should not be sent to, `not_text`, `too_long`.
    """
    text = clean_text(raw, limit=LONGEST_URL)
    if is_no_answer(text) or _SCHEME_ALONE.fullmatch(text):
        return ""
    if split_address(text) is None:
        raise Unusable("not_a_website", f"'{shown(text)}' is not the address of a website.")
    return text


def clean_custom(raw: object) -> dict[str, object]:
    """A JSON object of the caller's own.

    Raises Unusable: `not_an_object`, `too_large` beyond 16,384 characters of JSON, `not_storable` for NUL, NaN, lone
    surrogates, more than 200 entries, texts over 2,000 characters or more than 8 levels in it.
    """
    if not isinstance(raw, Mapping):
        raise Unusable("not_an_object", "It must be an object.")
    kept = storable(raw)
    if not isinstance(kept, dict) or kept != raw:
        raise Unusable("not_storable", "It holds what cannot be stored: NUL, NaN, or too long, deep or many entries.")
    if len(json.dumps(kept)) > LARGEST_CUSTOM:
        raise Unusable("too_large", f"It is larger than {LARGEST_CUSTOM:,} characters of JSON.")
    return kept
