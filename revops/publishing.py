"""From one version of the rules to the next: kept as written, drafted, published, discarded, rolled back.

Each holds the roster alone, so that no lead is judged or routed meanwhile, and none meets half of two versions.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model

from leads.actor import Actor
from leads.models import Draft, RuleSet, Territory
from revops import rules
from revops.refusals import Refused
from routing.models import IcpProfile, LoadCap, Pool, Weight
from routing.roster import hold_roster
from sla.models import Policy

Result = TypeVar("Result")
Row = TypeVar("Row", bound=Model)


class DraftIsOpen(Refused):
    """What is written is for later, so nothing else can be made of it now."""

    def __init__(self) -> None:
        super().__init__("A draft is open: publish or discard it first.")


class NoDraft(Refused):
    """There is no draft to publish or to discard."""

    def __init__(self) -> None:
        super().__init__("No draft is open any more.")


def as_written(*, at: datetime, by: Actor, note: str = "") -> RuleSet | None:
    """What was just saved is in force from now on, as a version of this person's; None while a draft is open, or when
    nothing changed."""

    def act() -> RuleSet | None:
        if Draft.objects.exists():
            return None
        return rules.keep(at=at, by_id=by.user_id, note=note)

    return _alone(act)


def open_draft(*, at: datetime, by: Actor) -> Draft:
    """From now on what is written is for later. Raises DraftIsOpen."""

    def act() -> Draft:
        if Draft.objects.exists():
            raise DraftIsOpen
        rules.keep(at=at, by_id=by.user_id)
        return Draft.objects.create(base_id=rules.latest(), by_id=by.user_id, at=at)

    return _alone(act)


def publish(*, at: datetime, by: Actor, note: str = "") -> RuleSet | None:
    """The draft is in force from now on; None when it changes nothing. Raises NoDraft."""

    def act() -> RuleSet | None:
        _the_draft().delete()
        return rules.keep(at=at, by_id=by.user_id, note=note)

    return _alone(act)


def discard(*, at: datetime, by: Actor) -> None:
    """What is in force is what is written again. Raises NoDraft."""

    def act() -> None:
        draft = _the_draft()
        put_back(draft.base.document, at=at, by_id=by.user_id)
        draft.delete()
        rules.keep(
            at=at, by_id=by.user_id, note=f"Draft discarded; as in version {draft.base.number}.", restores=draft.base_id
        )

    _alone(act)


def roll_back(rule_set_id: int, *, at: datetime, by: Actor) -> RuleSet | None:
    """An older version is in force again, as a version of its own; None when it says what is in force.

    Raises DraftIsOpen, RuleSet.DoesNotExist.
    """

    def act() -> RuleSet | None:
        if Draft.objects.exists():
            raise DraftIsOpen
        older = RuleSet.objects.get(pk=rule_set_id)
        put_back(older.document, at=at, by_id=by.user_id)
        return rules.keep(at=at, by_id=by.user_id, note=f"Back to version {older.number}.", restores=older.pk)

    return _alone(act)


def _alone(act: Callable[[], Result]) -> Result:
    with transaction.atomic():
        hold_roster(exclusive=True)
        return act()


def _the_draft() -> Draft:
    draft = Draft.objects.select_for_update(of=("self",)).select_related("base").first()
    if draft is None:
        raise NoDraft
    return draft


def put_back(document: Mapping[str, Any], *, at: datetime, by_id: int | None) -> None:
    """Write the tables as the document has them. What came after it is switched off rather than deleted, where leads or
    balances point to it."""
    _put_back_profile(document["profile"], at=at, by_id=by_id)
    _put_back_pools(document["territories"])
    for model, rows in ((LoadCap, document["load_caps"]), (Policy, document["policies"])):
        model._default_manager.all().delete()
        for row in rows:
            _as_it_was(model, row).save(force_insert=True)


def _put_back_profile(row: Mapping[str, Any] | None, *, at: datetime, by_id: int | None) -> None:
    for profile in IcpProfile.objects.filter(active=True).exclude(pk=row["id"] if row else 0):
        profile.active = False
        profile.save(at=at, by_id=by_id)
    if row is not None:
        was = _as_it_was(IcpProfile, row)
        now = IcpProfile.objects.filter(pk=was.pk).first()
        was.version = now.version if now else was.version
        was.save(at=at, by_id=by_id)


def _put_back_pools(rows: list[Mapping[str, Any]]) -> None:
    Pool.objects.exclude(pk__in=[row["id"] for row in rows]).update(active=False)
    Pool.objects.filter(is_fallback=True).update(is_fallback=False)
    Weight.objects.all().delete()
    now = Pool.objects.in_bulk()
    for row in rows:
        Territory.objects.get_or_create(
            pk=row["territory_id"], defaults={"name": row["name"], "team_id": row["team_id"], "active": row["active"]}
        )
        was = _as_it_was(Pool, row)
        if (pool := now.get(was.pk)) is not None:
            was.version = pool.version + (not _same(pool, was))
        was.save(force_insert=pool is None, force_update=pool is not None)
        Weight.objects.bulk_create(Weight(pool=was, **weight) for weight in row["weights"])


def _as_it_was(model: type[Row], row: Mapping[str, Any]) -> Row:
    """A row of before; a column that came since has its default."""
    names = {field.attname for field in model._meta.concrete_fields}
    return model(**{name: value for name, value in row.items() if name in names})


def _same(pool: Pool, was: Pool) -> bool:
    names = [field.attname for field in Pool._meta.concrete_fields if field.name not in ("version", "is_fallback")]
    return all(getattr(pool, name) == getattr(was, name) for name in names)
