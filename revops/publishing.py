"""From one version of the rules to the next: kept as written, drafted, published, discarded, rolled back.

Each holds the roster alone, so that no lead is judged or routed meanwhile, and none meets half of two versions.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model
from django_q.tasks import async_task

from leads.actor import Actor
from leads.models import Draft, Rep, RuleSet, Team, Territory
from revops import rules
from revops.refusals import Refused
from revops.rules import Rules
from routing.models import IcpProfile, LoadCap, Pool, Weight
from routing.roster import hold_roster
from sla.models import Policy

Result = TypeVar("Result")
Row = TypeVar("Row", bound=Model)


class DraftIsOpen(Refused):
    """What is written is for later, so nothing else can be made of it now."""

    def __init__(self) -> None:
        super().__init__("A draft is open: publish or discard it first.")


THE_DRAFT, IN_FORCE = "The draft was", "What is in force was"


class ChangedMeanwhile(Refused):
    """What there is now is not what whoever publishes, discards or rolls back looked at."""

    def __init__(self, what: str = THE_DRAFT) -> None:
        super().__init__(f"{what} changed meanwhile. Look at what it comes to now, then do it.")


class NameTaken(Refused):
    """A name that an older version says is another's by now."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"Another {what} is called “{name}” by now. Give that one another name first.")


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
        return _keep(at=at, by_id=by.user_id, note=note)

    return _alone(act)


def open_draft(*, at: datetime, by: Actor) -> Draft:
    """From now on what is written is for later. Raises DraftIsOpen."""

    def act() -> Draft:
        if Draft.objects.exists():
            raise DraftIsOpen
        rules.keep(at=at, by_id=by.user_id)
        return Draft.objects.create(base_id=rules.latest(), by_id=by.user_id, at=at)

    return _alone(act)


def publish(*, at: datetime, by: Actor, note: str = "", seen: str | None = None) -> RuleSet | None:
    """The draft is in force from now on; None when it changes nothing. `seen` is the digest of what was looked at.

    Raises NoDraft, ChangedMeanwhile.
    """

    def act() -> RuleSet | None:
        draft = _the_draft()
        _still(rules.written, seen, THE_DRAFT)
        draft.delete()
        return _keep(at=at, by_id=by.user_id, note=note)

    return _alone(act)


def discard(*, at: datetime, by: Actor, seen: str | None = None) -> None:
    """What is in force is what is written again; `seen` as in `publish`.

    Raises NoDraft, ChangedMeanwhile, NameTaken.
    """

    def act() -> None:
        draft = _the_draft()
        _still(rules.written, seen, THE_DRAFT)
        put_back(draft.base.document, at=at, by_id=by.user_id)
        draft.delete()
        note = f"Draft discarded; as in version {draft.base.number}."
        rules.keep(at=at, by_id=by.user_id, note=note, restores=draft.base_id)

    _alone(act)


def roll_back(rule_set_id: int, *, at: datetime, by: Actor, seen: str | None = None) -> RuleSet | None:
    """An older version is in force again, as a version of its own; None when it says what is in force. `seen` is the
    digest of what was in force when it was looked at.

    Raises DraftIsOpen, ChangedMeanwhile, NameTaken, RuleSet.DoesNotExist.
    """

    def act() -> RuleSet | None:
        if Draft.objects.exists():
            raise DraftIsOpen
        _still(rules.standing, seen, IN_FORCE)
        older = RuleSet.objects.get(pk=rule_set_id)
        put_back(older.document, at=at, by_id=by.user_id)
        return _keep(at=at, by_id=by.user_id, note=f"Back to version {older.number}.", restores=older.pk)

    return _alone(act)


def _alone(act: Callable[[], Result]) -> Result:
    with transaction.atomic():
        hold_roster(exclusive=True)
        return act()


def _keep(*, at: datetime, by_id: int | None, note: str, restores: int | None = None) -> RuleSet | None:
    """Keep what is written as in force now; a lower bar brings back whoever passes it."""
    kept = rules.keep(at=at, by_id=by_id, note=note, restores=restores)
    if kept is not None:
        latest = RuleSet.objects.filter(number__lte=kept.number).order_by("-number")
        bars = list(latest.values_list("document__profile__intent_bar", flat=True)[:2])
        if len(bars) == 1 or bars[0] != bars[1]:
            async_task("revops.jobs.intent")
    return kept


def _still(now: Callable[[], Rules], seen: str | None, what: str) -> None:
    if seen is not None and now().digest != seen:
        raise ChangedMeanwhile(what)


def _the_draft() -> Draft:
    draft = Draft.objects.select_for_update(of=("self",)).select_related("base").first()
    if draft is None:
        raise NoDraft
    return draft


def put_back(document: Mapping[str, Any], *, at: datetime, by_id: int | None) -> None:
    """Write the tables as the document has them. What came after it is switched off rather than deleted, where leads or
    balances point to it; a cap or weight of a rep or team that is gone is gone with them. Raises NameTaken."""
    reps = set(Rep.objects.values_list("pk", flat=True))
    whose = {None, *reps}, {None, *Team.objects.values_list("pk", flat=True)}
    caps = [row for row in document["load_caps"] if row["rep_id"] in whose[0] and row["team_id"] in whose[1]]
    _put_back_profile(document["profile"], at=at, by_id=by_id)
    _put_back_names({row["territory_id"]: row["name"] for row in document["territories"]})
    _put_back_pools(document["territories"], reps)
    for model, rows in ((LoadCap, caps), (Policy, document["policies"])):
        model._default_manager.all().delete()
        for row in rows:
            _as_it_was(model, row).save(force_insert=True)


def _put_back_profile(row: Mapping[str, Any] | None, *, at: datetime, by_id: int | None) -> None:
    for profile in IcpProfile.objects.filter(active=True).exclude(pk=row["id"] if row else 0):
        profile.active = False
        profile.save(at=at, by_id=by_id)
    if row is not None:
        was = _as_it_was(IcpProfile, row)
        if IcpProfile.objects.filter(name=was.name).exclude(pk=was.pk).exists():
            raise NameTaken("ICP profile", was.name)
        now = IcpProfile.objects.filter(pk=was.pk).first()
        was.version = now.version if now else was.version
        was.save(at=at, by_id=by_id)


def _put_back_names(names: Mapping[int, str]) -> None:
    taken = Territory.objects.exclude(pk__in=names).filter(name__in=names.values()).first()
    if taken is not None:
        raise NameTaken("territory", taken.name)
    others = [pk for pk, name in Territory.objects.filter(pk__in=names).values_list("pk", "name") if names[pk] != name]
    # Two may have taken each other's: no name is to be in another's way.
    for last in (False, True):
        for pk in others:
            Territory.objects.filter(pk=pk).update(name=names[pk] if last else f"territory {pk}, of before")


def _put_back_pools(rows: list[Mapping[str, Any]], reps: Container[int]) -> None:
    now, weights = Pool.objects.in_bulk(), _weights()
    Pool.objects.exclude(pk__in=[row["id"] for row in rows]).update(active=False)
    Pool.objects.filter(is_fallback=True).update(is_fallback=False)
    Weight.objects.all().delete()
    for row in rows:
        Territory.objects.get_or_create(
            pk=row["territory_id"], defaults={"name": row["name"], "team_id": row["team_id"], "active": row["active"]}
        )
        was = _as_it_was(Pool, row)
        if (pool := now.get(was.pk)) is not None:
            is_same = _same(pool, was) and weights[pool.pk] == {one["rep_id"]: one["weight"] for one in row["weights"]}
            was.version = pool.version + (not is_same)
        was.save(force_insert=pool is None, force_update=pool is not None)
        Weight.objects.bulk_create(Weight(pool=was, **one) for one in row["weights"] if one["rep_id"] in reps)


def _weights() -> dict[int, dict[int, int]]:
    """By pool what each rep is given against the others."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for pool, rep, weight in Weight.objects.values_list("pool_id", "rep_id", "weight"):
        found[pool][rep] = weight
    return found


def _as_it_was(model: type[Row], row: Mapping[str, Any]) -> Row:
    """A row of before; a column that came since has its default."""
    names = {field.attname for field in model._meta.concrete_fields}
    return model(**{name: value for name, value in row.items() if name in names})


def _same(pool: Pool, was: Pool) -> bool:
    names = [field.attname for field in Pool._meta.concrete_fields if field.name != "version"]
    return all(getattr(pool, name) == getattr(was, name) for name in names)
