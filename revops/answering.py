"""Who answers for the team of a lead's holder: its manager and deputy, by who they sign in as, and RevOps."""

from django.contrib.auth.models import User
from django.db.models import Q

from leads import states
from leads.models import Lead
from revops.groups import REVOPS


def may_send_back(user_id: int | None, lead: Lead) -> bool:
    """Whether this user may send the lead back to routing: who answers for its holder's team, but not the holder."""
    if user_id is None or lead.owner is None or lead.state not in states.OWNED or lead.owner.user_id == user_id:
        return False
    team = lead.owner.team_id
    of_the_team = Q(rep__manages=team) | Q(rep__deputises_for=team)
    revops = Q(is_superuser=True) | Q(groups__name=REVOPS)
    return User.objects.filter(of_the_team | revops, pk=user_id, is_active=True).exists()
