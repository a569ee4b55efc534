"""What a file wants, put into the tables section by section; what is wrong is gathered, not raised."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model, ProtectedError, RestrictedError

from leads.models import Rep, Team, Territory
from revops.config import document
from revops.config.admins import Page
from revops.config.checking import Wanted, Wish
from revops.config.problems import Problem
from revops.config.references import Known
from revops.config.row_writing import RowWriter
from revops.config.sections import BY_NAME, SECTIONS
from revops.config.shapes import Section
from routing.models import IcpProfile, Pool

# Others refer to these until the end.
DELETED_LAST = ("calendars", "nurture_tracks")
# A team's people are there before it says who answers for it.
FIRST = ("calendars", "reps", "teams")
WRITTEN = tuple(BY_NAME[name] for name in FIRST) + tuple(one for one in SECTIONS if one.name not in FIRST)


@dataclass
class TableWriter:
    """`gone` and `moving` are the reps whose leads are to go on: who was switched off, and who is to change to which
    team. `stay` are rows that the file does not name and that can neither be deleted nor switched off."""

    wish: Wish
    at: datetime
    by_id: int | None
    known: Known = field(default_factory=Known)
    problems: list[Problem] = field(default_factory=list)
    stay: list[str] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    moving: dict[int, int] = field(default_factory=dict)

    def write(self) -> None:
        self.problems += self.wish.problems
        self._new_teams()
        for section in WRITTEN:
            if section.name in self.wish.sections:
                self._section(section, self.wish.sections[section.name])
        for name in DELETED_LAST:
            if name in self.wish.sections:
                self._unnamed(BY_NAME[name], self.wish.sections[name])

    def _new_teams(self) -> None:
        """Switched off and without people, as in the admin: those come next, and refer to it."""
        there = set(Team.objects.values_list("name", flat=True))
        for name in self.wish.sections.get("teams", {}):
            if name not in there and len(name) <= (Team._meta.get_field("name").max_length or 0):
                Team.objects.create(name=name)

    def _section(self, section: Section, wanted: Mapping[str, Wanted]) -> None:
        if section.name not in DELETED_LAST:
            self._unnamed(section, wanted)
        given_up = self._give_up(section, wanted)
        writer = RowWriter(section, self.known, self.at, self.by_id)
        there = dict(document.rows(section))
        for key, row in wanted.items():
            if self._is_broken(section, key):
                self.problems += writer.what_else(key, there.get(key), row)
                continue
            wrong = writer.write(key, there.get(key), row, anyway=key in given_up)
            self.problems += wrong
            if section.model is Rep and key in there and not wrong:
                self._person(there[key].pk, row)
        for model in (section.model, Territory):
            self.known.forget(model)

    def _is_broken(self, section: Section, key: str) -> bool:
        """Whether something is told of it already."""
        path = f"{section.name}.{key[:80]}"
        return any(one.path == path or one.path.startswith((f"{path}.", f"{path}[")) for one in self.wish.problems)

    def _give_up(self, section: Section, wanted: Mapping[str, Wanted]) -> set[str]:
        """What only one row may have is free before another takes it. Returns the rows that gave up something."""
        found: set[str] = set()
        for column, nothing in section.alone.items():
            word = section.words.get(column, column)
            given = {
                key: row.pk
                for key, row in document.rows(section)
                if key in wanted and wanted[key].values.get(word, getattr(row, column)) != getattr(row, column)
            }
            section.model._default_manager.filter(pk__in=given.values()).update(**{column: nothing})
            found.update(given)
        return found

    def _person(self, rep_id: int, row: Wanted) -> None:
        now = Rep.objects.get(pk=rep_id)
        active, team = row.values.get("active", now.active), row.values.get("team")
        if active != now.active:
            Rep.objects.filter(pk=rep_id).update(active=active)
            if not active:
                self.gone.append(rep_id)
        if team is not None and (team_id := self.known.pk(Team, team)) != now.team_id:
            self.moving[rep_id] = team_id

    def _unnamed(self, section: Section, wanted: Mapping[str, Wanted]) -> None:
        page = Page(section)
        for key, row in document.rows(section):
            if key in wanted or (page.may_delete(row) and _is_deleted(row)):
                continue
            if not hasattr(row, "active") or "active" in page.fixed(row):
                self.stay.append(f"{section.name}: {key}")
            elif row.active or (isinstance(row, Pool) and row.is_fallback):
                self._switch_off(row)

    def _switch_off(self, row: Any) -> None:
        row.active = False
        if isinstance(row, IcpProfile):
            row.save(by_id=self.by_id, at=self.at, update_fields=["active"])
        elif isinstance(row, Pool):
            row.is_fallback, row.version = False, row.version + 1
            row.save(update_fields=["active", "is_fallback", "version"])
        else:
            row.save(update_fields=["active"])
        if isinstance(row, Rep):
            self.gone.append(row.pk)


def _is_deleted(row: Model) -> bool:
    """Delete it, unless something refers to it."""
    try:
        with transaction.atomic():
            row.delete()
    except (ProtectedError, RestrictedError, IntegrityError):
        return False
    return True
