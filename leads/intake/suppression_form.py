"""A row of a suppression list, cleaned: one person, or everybody at a company, and what they are kept from and why."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from leads.intake.columns import Columns
from leads.intake.csv_file import Row
from leads.intake.domains import ascii_host, is_free_mail, is_suffix, registrable_domain, split_address
from leads.intake.domains import company_domain as company_of
from leads.intake.emails import clean_email
from leads.intake.headings import SUPPRESSION_HEADINGS
from leads.intake.problems import Noted, Problem, Unusable, shown
from leads.intake.reading import Reading
from leads.intake.shifted import trusted_address
from leads.intake.text import clean_text, folded, is_no_answer, trimmed, words_key

FIELDS = frozenset(SUPPRESSION_HEADINGS)
EITHER = "e-mail or domain"
LONGEST_NOTE = 500
LONGEST_WORD = 60
SCOPES = {
    "sales": "sales, sales outreach, outreach, vertrieb, ventes, ventas",
    "marketing": "marketing, marketing mail, marketing email, email, mail, newsletter",
}
# A column named type may also say what the entry is.
KINDS = frozenset(("email", "e mail", "email address", "person", "contact", "domain", "company", "url", "website"))
# Words for the reasons that come with such lists, beside each reason's own code and label.
REASON_WORDS = {
    "own_domain": "own domain, own, our own, our own domain, internal, employee, employees, staff, us, test, eigene",
    "competitor": "competitor, competitors, competition, rival, konkurrenz, wettbewerber, concurrent, competidor",
}


class UnusableSuppression(Unusable):
    """The row names nobody who can be suppressed. `problems` tells why, the first before all else."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].code, problems[0].sentence)
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanSuppression:
    """Either a `person_key` or a registrable `domain`; `scope` and `reason` (a code) are '' where the row has none.

    `warnings` name what was left out of it, `notes` what was understood in a way worth telling.
    """

    person_key: str
    domain: str
    scope: str
    reason: str
    note: str
    warnings: tuple[Problem, ...]
    notes: tuple[Problem, ...] = ()


def suppression_of(row: Row, columns: Columns, reasons: Mapping[str, str]) -> CleanSuppression:
    """The suppression of a row of a file. `reasons` has the code by each code and label, as `words_key` gives them.

    Of a row whose cells may have shifted it takes the e-mail alone: a wrong cell could block a whole company, but the
    person must not stay one to be contacted. Raises UnusableSuppression.
    """
    doubts = (row.doubt,) if row.doubt is not None else ()
    if row.doubt is not None and row.shifted is not None:
        return _by_email_alone(row.doubt, row, columns)
    return _clean(columns.row(row.cells), reasons, doubts)


def _by_email_alone(doubt: Problem, row: Row, columns: Columns) -> CleanSuppression:
    if "email" not in columns.fields:
        raise UnusableSuppression((doubt,))
    try:
        address = trusted_address(row.cells[columns.fields["email"]], row.shifted or (), doubt)
    except Unusable as error:
        raise UnusableSuppression((replace(doubt, sentence=error.sentence),)) from None
    told = f"{doubt.sentence} Its columns may have shifted: only the e-mail was taken, as of a row that says no more."
    return CleanSuppression(
        person_key=clean_email(address).person_key,
        domain="",
        scope="",
        reason="",
        note="",
        warnings=(replace(doubt, sentence=told),),
    )


def _clean(raw: Mapping[str, object], reasons: Mapping[str, str], doubts: tuple[Problem, ...]) -> CleanSuppression:
    reading = Reading(raw)
    person_key = reading.take("email", lambda value: clean_email(value).person_key, "")
    domain = reading.take_noted("domain", _whole_domain, "")
    if not (person_key or domain):
        person_key, domain = reading.take_noted("whom", _either, ("", ""))
    scope = reading.take("scope", _scope, "")
    _refuse_the_unreadable(reading, person_key=person_key, domain=domain, doubts=doubts)
    if person_key and domain:
        _leave_the_company_out(reading, person_key, domain)
        domain = ""
    note = reading.take("note", lambda value: clean_text(value, limit=LONGEST_NOTE), "")
    reason = reading.take("reason", lambda value: _reason(value, reasons), "")
    return CleanSuppression(
        person_key=person_key,
        domain=domain,
        scope=scope,
        reason=reason,
        note=note,
        warnings=(*doubts, *reading.problems),
        notes=tuple(reading.notes) if domain else (),
    )


def _refuse_the_unreadable(reading: Reading, *, person_key: str, domain: str, doubts: tuple[Problem, ...]) -> None:
    """Nothing is suppressed by a guess: whom must be clear, and from what, since it ends leads."""
    scope = [problem for problem in reading.problems if problem.field == "scope"]
    if not (person_key or domain):
        missing = Problem("row", "missing", "The row names neither an e-mail address nor a domain.", "")
        raise UnusableSuppression((*(reading.problems or [missing]), *doubts))
    if person_key == "" and any(problem.field == "email" for problem in reading.problems):
        # Its domain column is that person's company, and not whom the row is about.
        raise UnusableSuppression((*reading.problems, *doubts))
    if scope:
        raise UnusableSuppression((*scope, *doubts))


def _leave_the_company_out(reading: Reading, person_key: str, domain: str) -> None:
    if registrable_domain(person_key.rpartition("@")[2]) != domain:
        told = f"With an e-mail address the row is that person's; for everybody at {domain} add a row of its own."
        reading.leave_out("domain", Unusable("person_named", told))


def suppressible_domain(raw: object) -> str:
    """The registrable domain, from a domain, '@acme.com' or a web address, of a company to be suppressed whole.

    '' for no answer. Raises Unusable: `is_email`, `not_a_domain`, `public_suffix`, `free_mail`, `shared_site`.
    """
    text = clean_text(raw, limit=2_000)
    if is_no_answer(text):
        return ""
    text = trimmed(text.removeprefix("*").removeprefix("@").removeprefix("."))
    if "@" in text.partition("://")[2] or "@" in text.partition("/")[0]:
        raise Unusable(
            "is_email", f"'{shown(text)}' is an e-mail address; for everybody there write what follows the @."
        )
    found = split_address(text)
    if found is None:
        raise Unusable("not_a_domain", f"'{shown(text)}' is not a domain; write it as acme.com.")
    host = _without_www(found[0])
    domain = registrable_domain(text)
    if domain is None or is_suffix(host):
        raise Unusable(
            "public_suffix", f"Others have their domains below {host}: name the company's own, one level down."
        )
    if is_free_mail(host):
        raise Unusable("free_mail", f"Anybody can have an address at {host}: name the person instead.")
    if company_of(text) is None:
        raise Unusable("shared_site", f"Many have a page at {domain}: name the company's own domain, or the person.")
    return domain


def _without_www(host: str) -> str:
    return host.removeprefix("www.") if host.count(".") > 1 else host


def _whole_domain(raw: object) -> Noted[str]:
    """The domain, told where it is more than was named."""
    domain = suppressible_domain(raw)
    found = split_address(trimmed(str(raw)).lstrip("*@."))
    host = _without_www(found[0]) if found else domain
    if host == domain or not domain:
        return Noted(domain)
    return Noted(domain, "whole_domain", f"{host} is a part of {domain}: all of {domain} is barred.")


def heading_instead(cell: str) -> str | None:
    """The heading of a list of one column that has none: its first cell is an address or a domain already."""
    text = trimmed(cell)
    is_value = "@" in text or ascii_host(text) is not None or "://" in text
    return EITHER if is_value else None


def _either(raw: object) -> Noted[tuple[str, str]]:
    text = clean_text(raw, limit=2_000)
    if "@" in text and "://" not in text and not text.startswith(("@", "*@")):
        return Noted((clean_email(text).person_key, ""))
    whole = _whole_domain(text)
    return Noted(("", whole.value), whole.code, whole.sentence)


def _scope(raw: object) -> str:
    word = folded(clean_text(raw, limit=LONGEST_WORD))
    if is_no_answer(word):
        return ""
    found = next((scope for scope, words in SCOPES.items() if word in words.split(", ")), None)
    if found is None:
        raise Unusable("not_a_scope", f"'{shown(raw)}' is no scope: write sales or marketing.")
    return found


def _reason(raw: object, reasons: Mapping[str, str]) -> str:
    text = clean_text(raw, limit=LONGEST_NOTE)
    if is_no_answer(text):
        return ""
    word = folded(text).replace("_", " ").replace("-", " ")
    if word in KINDS:
        return ""
    usual = next((code for code, words in REASON_WORDS.items() if word in words.split(", ")), "")
    found = reasons.get(words_key(text)) or reasons.get(words_key(usual))
    if found is None:
        usable = ", ".join(sorted(set(reasons.values())))
        told = f"'{shown(text)}' is no reason for a suppression; the one of --reason was taken. Write one of: {usable}."
        raise Unusable("not_a_reason", told)
    return found
