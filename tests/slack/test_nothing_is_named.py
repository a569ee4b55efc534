"""A card that is out of date, and somebody's card in other hands, name nobody."""

import json

from leads.models import Rep
from recycle.models import Feature
from revops import lifecycle
from tests.slack.conftest import Workspace
from tests.world import person

SECRETS = ("zelda", "quist", "+4930901820")


def test_nothing_is_named_to_who_may_not_see_it(slack: Workspace) -> None:
    Feature.objects.create(key="sso", name="Single sign-on")
    world = slack.world
    who = {"first_name": "Zelda", "last_name": "Quist", "phone": "+4930901820"}
    lead = world.to_state("shark_tank", "zelda@acme.test", **who)
    first = lead.assignments.get().rep_id
    mate = next(rep for rep in world.reps if rep.pk != first)
    lifecycle.claim(lead.pk, at=world.now, by=world.actor(mate))
    stranger = person("sam@airtight.test", world.team, slack_user_id="USTRANGER")
    for rep in (*Rep.objects.filter(pk=first), stranger):
        for action in ("lead_accept", "lead_claim", "lead_recycle"):
            slack.press(action, lead, rep)
            slack.press(action, lead, rep, seq=1)
        for answers in ({"reason": "nonsense"}, {"reason": "feature_gap", "feature": "no"}, {"reason": "timing"}):
            slack.told.append(slack.submit(lead, rep, answers).content.decode())
    assert len(slack.told) == 2 * 9
    assert not slack.opened
    assert not [secret for secret in SECRETS if secret in json.dumps(slack.told).casefold()]
