"""Which rule an event meets. Pure."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from revops.hooks.events import Event
from revops.models import HookRule


def rule_for(event: Event, rules: Iterable[HookRule]) -> HookRule | None:
    """The first, in their order, that fits; None when none does."""
    return next((rule for rule in rules if fits(event, call=rule.call, name=rule.name)), None)


def fits(event: Event, *, call: str, name: str) -> bool:
    """Whether the event is by that call and one of its names is as asked, where `*` stands for any letters."""
    if call and call != event.call:
        return False
    pattern = _only_stars(name.casefold())
    return not name or any(fnmatchcase(one.casefold(), pattern) for one in event.names)


def _only_stars(text: str) -> str:
    """fnmatch knows more than stars; paths hold question marks and brackets that mean themselves."""
    return "".join(f"[{letter}]" if letter in "?[" else letter for letter in text)
