"""E-mail addresses: the one value that a lead cannot do without."""

import re
import unicodedata
from dataclasses import dataclass

from leads.intake.domains import ascii_host, is_disposable, is_free_mail, registered_part
from leads.intake.problems import Unusable, shown
from leads.intake.text import trimmed

LONGEST = 254
LONGEST_LOCAL = 64
LONGEST_KEY = 320

_NAMED = re.compile(r"[^<>]*<([^<>]*)>")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_BLANKS = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Email:
    """`address` keeps the local part as typed, its domain lower-cased; `person_key` is what two addresses of one
    person have in common (case-folded, without the +tag); `domain` and `registrable_domain` are in punycode,
    the latter '' where there is none; `is_free_mail` includes the disposable ones.
    """

    address: str
    person_key: str
    domain: str
    registrable_domain: str
    is_free_mail: bool
    is_disposable: bool


def clean_email(raw: object) -> Email:
    """Read one address; 'Name <a@b.co>' and 'mailto:a@b.co' are reduced to it, nothing is guessed.

    Raises Unusable: `missing`, `not_text`, `too_long`, `bad_characters`, `no_at`, `many_at`, `bad_local`,
    `bad_domain`, `query_leftover`.
    """
    text = _bare(raw)
    local, domain = _halves(text)
    if len(local) > LONGEST_LOCAL or not _LOCAL.fullmatch(_as_ascii(local)):
        raise Unusable("bad_local", f"'{shown(text)}' is not an e-mail address: the part before the @ is not valid.")
    host = _host(domain, text)
    key = person_key(local, host)
    if len(key) > LONGEST_KEY:
        raise Unusable("too_long", f"'{shown(text)}' is longer than an e-mail address can be.")
    registrable = registered_part(host) or ""
    return Email(
        address=f"{local}@{domain.lower()}",
        person_key=key,
        domain=host,
        registrable_domain=registrable,
        is_free_mail=is_free_mail(host),
        is_disposable=is_disposable(host),
    )


def person_key(local: str, host: str) -> str:
    """The key under which one person's addresses meet: case-folded, the +tag dropped."""
    name = local.partition("+")[0] or local
    return f"{unicodedata.normalize('NFC', name.casefold())}@{host}"


def _bare(raw: object) -> str:
    if raw is None or raw == "":
        raise Unusable("missing", "The e-mail address is missing.")
    if not isinstance(raw, str):
        raise Unusable("not_text", "The e-mail address must be text.")
    text = trimmed(raw)
    named = _NAMED.fullmatch(text) if text.endswith(">") else None
    text = trimmed(named[1]) if named else text
    text = trimmed(text[7:]) if text[:7].lower() == "mailto:" else text
    if not text:
        raise Unusable("missing", "The e-mail address is missing.")
    if len(text) > LONGEST:
        raise Unusable("too_long", f"An e-mail address has at most {LONGEST} characters; this has {len(text):,}.")
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _halves(text: str) -> tuple[str, str]:
    if text.count("@") != 1:
        code, has = ("no_at", "no @") if "@" not in text else ("many_at", "more than one @")
        raise Unusable(code, f"'{shown(text)}' is not an e-mail address: it has {has}.")
    if not text.isprintable() or _BLANKS.search(text):
        raise Unusable("bad_characters", f"'{shown(text)}' holds a blank or an invisible character inside.")
    local, _, domain = text.partition("@")
    return local, domain


def _as_ascii(local: str) -> str:
    """Letters, digits and marks of every script stand as 'x', so that one pattern judges them all."""
    if local.isascii():
        return local
    foreign = (letter for letter in local if not letter.isascii())
    letters = {ord(letter): "x" for letter in foreign if letter == "’" or unicodedata.category(letter)[0] in "LNM"}
    return local.translate(letters)


def _host(domain: str, text: str) -> str:
    if "?" in domain:
        raise Unusable("query_leftover", f"'{shown(text)}' carries the rest of a web address behind the domain.")
    host = None if domain.endswith(".") or "_" in domain else ascii_host(domain)
    if host is None:
        raise Unusable("bad_domain", f"'{shown(text)}' is not an e-mail address: the part after the @ is no domain.")
    return host
