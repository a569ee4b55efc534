"""The first person of RevOps, who answers when everybody else has not and configures the rest."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from leads.models import Lead, Rep, Team
from revops.groups import REVOPS
from revops.holding import try_again
from revops.ladder import NoLastResort


class CannotBeMade(ValueError):
    """Why this person cannot be RevOps, in a sentence."""


@dataclass(frozen=True)
class Made:
    """What was missing and is there now, and how many leads had been put aside for want of this person."""

    parts: tuple[str, ...]
    tried_again: int = 0


def user_of(email: str) -> User | None:
    """Who has this e-mail already. Raises CannotBeMade."""
    try:
        validate_email(email)
    except ValidationError:
        raise CannotBeMade(f"{email!r} is not an e-mail address.") from None
    found = list(User.objects.filter(email__iexact=email).order_by("pk")[:2])
    if len(found) > 1:
        raise CannotBeMade(f"More than one user has the e-mail {email}; leave it to one of them, at /admin/.")
    return found[0] if found else None


def new_user(email: str, password: str, *, name: str) -> User:
    """A user, not saved and without any right, who signs in with the e-mail. Raises CannotBeMade."""
    first, _space, last = name.strip().partition(" ")
    user = User(username=email, email=email, first_name=first, last_name=last)
    user.set_password(password)
    try:
        user.full_clean()
    except ValidationError as error:
        told = {field: problems[0] for field, problems in error.message_dict.items()}
        raise CannotBeMade(" ".join(f"{email}: {field}: {problem}" for field, problem in told.items())) from None
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise CannotBeMade(f"The password was refused. {' '.join(error.messages)}") from None
    return user


@transaction.atomic
def make_revops(user: User, *, at: datetime) -> Made:
    """Complete what the user lacks of being RevOps. Raises CannotBeMade for who was switched off."""
    rep = Rep.objects.filter(user=user.pk).first() if user.pk else None
    if not user.is_active or (rep and not rep.active):
        raise CannotBeMade(f"{user.email} is switched off; switch them on at /admin/ first.")
    parts = [*_may_configure(user), *([] if rep else [_may_hold_leads(user)])]
    return Made(tuple(parts), tried_again=_try_again(at=at) if parts else 0)


def _may_configure(user: User) -> list[str]:
    parts = [] if user.pk else [f"the user {user.username}"]
    if not user.is_staff:
        user.is_staff = True
        user.save()
        parts.append("staff status")
    group, _new = Group.objects.get_or_create(name=REVOPS)
    if not user.groups.filter(pk=group.pk).exists():
        user.groups.add(group)
        parts.append(f"a place in the group {REVOPS}")
    return parts


def _may_hold_leads(user: User) -> str:
    team, _new = Team.objects.get_or_create(name=REVOPS, defaults={"alert_email": user.email})
    Rep.objects.create(user=user, team=team, takes_routing=False)
    return f"a Rep row in the team {team}"


def _try_again(*, at: datetime) -> int:
    aside = Lead.objects.put_aside().filter(error__startswith=NoLastResort.__name__)
    return len(try_again(list(aside.values_list("pk", flat=True)), at=at))
