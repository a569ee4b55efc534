"""Who may see and do what. Nobody sees what they may not act on or manage."""

from collections.abc import Collection

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import Exists, OuterRef, Q

from leads import states
from leads.actor import Actor
from leads.discretion import Reader
from leads.models import Assignment, Lead, LeadEvent, Rep, Team
from leads.models.lead import LeadQuerySet
from revops.groups import API_CLIENT, REVOPS

Anybody = User | AnonymousUser | AbstractBaseUser


def rep_of(user: Anybody) -> Rep | None:
    """The rep who signs in as this user."""
    return Rep.objects.select_related("team", "user").filter(user=user.pk, active=True).first() if user.pk else None


def is_revops(user: Anybody) -> bool:
    return isinstance(user, User) and user.is_active and (user.is_superuser or _in_group(user, REVOPS))


def is_api_client(user: Anybody) -> bool:
    return isinstance(user, User) and user.is_active and _in_group(user, API_CLIENT)


def _in_group(user: User, name: str) -> bool:
    """Asked once for a user as it was loaded, which is once a request: a change of roles holds from the next one."""
    if not hasattr(user, "group_names"):
        user.group_names = set(user.groups.values_list("name", flat=True))  # type: ignore[attr-defined]
    return name in user.group_names  # type: ignore[attr-defined]


def teams_managed(user: Anybody) -> list[Team]:
    """The teams that this user answers for as manager or deputy; all of them for RevOps."""
    teams = Team.objects.order_by("name", "pk")
    if is_revops(user):
        return list(teams)
    return list(teams.filter(Q(manager__user=user.pk) | Q(deputy__user=user.pk))) if user.pk else []


def visible_leads(user: Anybody) -> LeadQuerySet:
    """RevOps and API clients see all leads, managers those of their teams, reps their own and their team's pool."""
    return Lead.objects.all() if sees_everything(user) else leads_seen(rep_of(user), teams_managed(user))


def sees_everything(user: Anybody) -> bool:
    return is_revops(user) or is_api_client(user)


def reader_of(user: Anybody) -> Reader:
    """Whose record of lapses this user may read: their own, and those of the teams that they answer for."""
    if sees_everything(user):
        return Reader(everybody=True)
    teams = frozenset(team.pk for team in teams_managed(user))
    rows = Rep.objects.filter(Q(user=user.pk) | Q(team__in=teams)) if user.pk else Rep.objects.none()
    known = list(rows.values_list("pk", "user_id"))
    reps, users = frozenset(rep for rep, _user in known), frozenset(user_id for _rep, user_id in known)
    return Reader(reps, users, teams=teams)


def leads_seen(rep: Rep | None, teams: Collection[Team]) -> LeadQuerySet:
    """What somebody sees who is this rep and manages these teams."""
    seen = Q(owner__team__in=teams) | Q(territory__team__in=teams, owner__isnull=True)
    # A deal owner's lead has no territory: once nobody holds it, it is of the teams that have held it.
    held = Exists(Assignment.objects.filter(lead=OuterRef("pk"), rep__team__in=teams))
    seen = seen | (Q(owner__isnull=True, territory__isnull=True) & Q(held))
    if rep is not None:
        seen |= Q(owner=rep)
        if rep.takes_routing:
            seen |= Q(state=states.SHARK_TANK, territory__team=rep.team_id)
    return Lead.objects.filter(seen) if teams or rep else Lead.objects.none()


def answerable_leads(user: Anybody) -> LeadQuerySet:
    """What a verb may be tried on: the visible leads, those a rep once held, and those their team's pool once had.

    For these the answer is how things stand now (409); for any other lead it is that there is none (404).
    """
    rep = rep_of(user)
    if rep is None:
        return visible_leads(user)
    once_held = Exists(Assignment.objects.filter(lead=OuterRef("pk"), rep=rep))
    once_pooled = Exists(LeadEvent.objects.filter(lead=OuterRef("pk"), to_state=states.SHARK_TANK))
    visible = Q(pk__in=visible_leads(user).values("pk"))
    return Lead.objects.filter(visible | once_held | (Q(territory__team=rep.team_id) & once_pooled))


def actor(user: Anybody, *, door: str) -> Actor:
    """Who acts, as events remember it."""
    rep = rep_of(user)
    if is_api_client(user):
        kind = "client"
    elif rep is not None and rep.takes_routing:
        kind = "rep"
    else:
        kind = "revops" if is_revops(user) else "manager"
    return Actor(kind, door, user_id=user.pk, rep_id=rep.pk if rep else None)
