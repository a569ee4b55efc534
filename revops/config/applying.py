"""A file put in force: in one transaction, alone with the roster, all of it or nothing.

What applying would change is found by writing it and taking that back, so that what is shown is what is done.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django_q.tasks import async_task

from leads.actor import Actor
from leads.models import Draft, Rep, RuleSet
from revops import holding, lifecycle
from revops.config import document
from revops.config.checking import Wish
from revops.config.comparing import ADDED, REMOVED, Change, changes
from revops.config.document import Document
from revops.config.problems import BadConfig
from revops.config.sections import SECTIONS
from revops.config.table_writing import TableWriter
from routing import enquiries
from routing.roster import hold_roster

# What is drafted and published; all else holds at once.
RULES = ("icp_profiles", "territories", "load_caps_of_teams", "load_caps_of_reps", "sla_policies")
JUDGED_BY = ("sources", "signal_kinds")
LONGEST_MESSAGE, LONGEST_NAME = 2_000, 200


class ChangedMeanwhile(Exception):
    """The tables are not as they were when the changes were shown."""

    def __init__(self) -> None:
        super().__init__("Nothing was written: the configuration was changed meanwhile. Look at the changes again.")


@dataclass
class Outcome:
    """`stay` are rows that the file does not name and that cannot go; `moved` counts the leads that went on. Without a
    `version` the rules say what they said, or `in_draft` they were saved in the draft that is open."""

    before: Document
    changes: list[Change]
    stay: list[str]
    moved: int = 0
    version: RuleSet | None = None
    in_draft: bool = False


def tried(wish: Wish, *, name: str, at: datetime) -> Outcome:
    """What applying would change. Nothing of it stands. Raises BadConfig with everything that is wrong."""
    with transaction.atomic():
        hold_roster(exclusive=True)
        before = document.written()
        writer = _written(wish, name=name, at=at, by_id=None)
        for rep_id, team_id in writer.moving.items():
            Rep.objects.filter(pk=rep_id).update(team_id=team_id)
        found = changes(before, document.written())
        transaction.set_rollback(True)
    return Outcome(before, found, writer.stay)


def applied(wish: Wish, *, name: str, expected: Document, at: datetime, by: Actor) -> Outcome:
    """The file is in force from now on, but for the rules where a draft is open: those are saved in it.

    `expected` is what the tables said when the changes were shown. Raises BadConfig, ChangedMeanwhile, and NoLastResort
    where a lead would be left with nobody; then nothing was written.
    """
    return holding.retrying(lambda: _applied(wish, name=name, expected=expected, at=at, by=by))


def _applied(wish: Wish, *, name: str, expected: Document, at: datetime, by: Actor) -> Outcome:
    with transaction.atomic():
        hold_roster(exclusive=True)
        before = document.written()
        if before != expected:
            raise ChangedMeanwhile
        rows = _ids()
        writer = _written(wish, name=name, at=at, by_id=by.user_id)
        version = lifecycle.as_written(at=at, by=by, note=f"Applied from {name}."[:500])
        moved = _hand_on(writer, at=at, by=by)
        found = changes(before, document.written())
        _log(found, rows | _ids(), name=name, at=at, by=by)
        _wake(found, at=at)
        drafted = Draft.objects.exists() and any(one.section.name in RULES for one in found)
    return Outcome(before, found, writer.stay, moved, version, drafted)


def _written(wish: Wish, *, name: str, at: datetime, by_id: int | None) -> TableWriter:
    writer = TableWriter(wish, at, by_id)
    writer.write()
    if writer.problems:
        raise BadConfig(name, writer.problems)
    return writer


def _hand_on(writer: TableWriter, *, at: datetime, by: Actor) -> int:
    """By the new rules, once all of them stand; those who go are off by now, so that nothing is handed to them."""
    moved = sum(lifecycle.change_team(rep, team, at=at, by=by) for rep, team in writer.moving.items())
    return moved + sum(lifecycle.hand_on(rep, at=at, by=by) for rep in writer.gone)


def _ids() -> dict[tuple[str, str], int]:
    return {(section.name, key): row.pk for section in SECTIONS for key, row in document.rows(section)}


def _log(found: list[Change], rows: dict[tuple[str, str], int], *, name: str, at: datetime, by: Actor) -> None:
    """In the history that the admin keeps, which is somebody's."""
    if by.user_id is None:
        return
    flags = {ADDED: ADDITION, REMOVED: DELETION}
    LogEntry.objects.bulk_create(
        LogEntry(
            action_time=at,
            user_id=by.user_id,
            content_type=ContentType.objects.get_for_model(one.section.model),
            object_id=str(rows[one.section.name, one.key]),
            object_repr=one.key[:LONGEST_NAME],
            action_flag=flags.get(one.what, CHANGE),
            change_message="; ".join([f"By {name}", *one.lines])[:LONGEST_MESSAGE],
        )
        for one in found
    )


def _wake(found: list[Change], *, at: datetime) -> None:
    names = {one.section.name for one in found}
    if names.intersection(JUDGED_BY):
        async_task("revops.jobs.intent")
    if "enrichment_vendors" in names:
        enquiries.wake(at=at)
