"""A lead of before in words, as the page of it says them: what a file told, and what became of it."""

from collections.abc import Iterator

from leads import explaining
from leads.models import PastLead, Rep
from routing.criteria_field import GROUPED_FIELDS, LABELS
from routing.ranges import RANGES

ON_A_LINE = "%H:%M %-d %B %Y"


def name(past: PastLead) -> str:
    return f"{past.company or past.domain or f'Lead {past.pk}'} (history)"


def known(past: PastLead) -> list[tuple[str, str]]:
    """What criteria may ask of it, by label; what is not known is left out."""
    return [
        ("Person", past.person_key),
        ("Came", f"{past.captured_at:{ON_A_LINE}} UTC"),
        *((label, text) for label, text in _facts(past) if text),
    ]


def _facts(past: PastLead) -> Iterator[tuple[str, str]]:
    for field in [field for fields in GROUPED_FIELDS.values() for field in fields]:
        value = getattr(past, field)
        if value is None and field in RANGES:
            value = getattr(past, RANGES[field])
        if value not in (None, "", []):
            yield LABELS.get(field, field.replace("_", " ")).capitalize(), explaining.found_words(value)
    for field, value in sorted(past.custom.items()):
        yield f"custom.{field}", explaining.found_words(value)


def became(past: PastLead) -> list[tuple[str, str]]:
    """What became of it, as far as the file said."""
    found = []
    if past.owner_email:
        rep = Rep.objects.select_related("user").filter(user__email__iexact=past.owner_email).first()
        found.append(("Owner", f"{rep.name}, {past.owner_email}" if rep else f"{past.owner_email}, no rep here"))
    for label, at in (("Accepted", past.accepted_at), ("First touch", past.first_touch_at)):
        if at is not None:
            found.append((label, f"{at:{ON_A_LINE}} UTC"))
    if past.converted is not None:
        found.append(("Converted", "yes" if past.converted else "no"))
    return found
