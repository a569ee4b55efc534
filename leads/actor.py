"""Who does something, and by which door they came in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """`kind` is system, rep, manager, revops or client; `door` is sweep, page, api, slack, admin, command or hook."""

    kind: str
    door: str
    user_id: int | None = None
    rep_id: int | None = None


SYSTEM = Actor("system", "sweep")
