"""Phone numbers to E.164."""

import re

import phonenumbers

from leads.intake.problems import Noted, Unusable, shown
from leads.intake.text import clean_text, is_no_answer

LONGEST = 60

_AS_FORMULA = re.compile(r"^=?\"(.*)\"$|^['=](.*)$")
_ROUNDED = re.compile(r"[0-9][.,][0-9]+[eE]\+?[0-9]+")


def clean_phone(raw: object, country: str = "") -> Noted[str]:
    """E.164 of a number in international form, or in national form within `country` (alpha-2); '' for no answer.

    An extension is left off, with a note. Raises Unusable: `no_country_code` for a national number without a
    country, `bad_phone`, `rounded` for what a spreadsheet made of it (4.9E+11), `not_text`, `too_long`.
    """
    text = _bare(clean_text(raw, limit=LONGEST))
    if is_no_answer(text):
        return Noted("")
    number = _parsed(text, country)
    if not phonenumbers.is_valid_number(number):
        raise Unusable("bad_phone", f"'{shown(text)}' is not a phone number that can be dialled.")
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if number.extension:
        return Noted(plain, "extension_dropped", f"The extension {shown(number.extension)} is not kept.")
    return Noted(plain)


def _bare(text: str) -> str:
    """Without what spreadsheets and their users wrap around a number to keep its plus: '+49…, ="+49…"."""
    wrapped = _AS_FORMULA.match(text)
    return (wrapped[1] or wrapped[2] or "") if wrapped else text


def _parsed(text: str, country: str) -> phonenumbers.PhoneNumber:
    if _ROUNDED.fullmatch(text):
        raise Unusable("rounded", f"'{shown(text)}' was rounded by a spreadsheet; format the column as text.")
    international = f"+{text[2:]}" if text.startswith("00") else text
    try:
        return phonenumbers.parse(international, country or None)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and not text.startswith("+"):
            raise Unusable(
                "no_country_code", f"'{shown(text)}' has no country code, and the row names no country."
            ) from None
        raise Unusable("bad_phone", f"'{shown(text)}' is not a phone number.") from None
