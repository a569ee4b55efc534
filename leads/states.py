"""The one table of a lead's states, their deadlines' steps and the verbs between them.

The django-fsm transitions, the law in the database, the documentation and the tests are all derived from here, so this
module imports nothing of ours.
"""

from dataclasses import dataclass

BUFFER = "buffer"
AQL = "aql"
ROUTING = "routing"
ASSIGNED = "assigned"
OVERDUE = "overdue"
SHARK_TANK = "shark_tank"
ACCEPTED = "accepted"
NURTURE = "nurture"
CONVERTED = "converted"
SUPPRESSED = "suppressed"
MERGED = "merged"

LABELS = {
    BUFFER: "Enrichment buffer",
    AQL: "Automation qualified (AQL)",
    ROUTING: "Routing & enrichment",
    ASSIGNED: "Assigned",
    OVERDUE: "Overdue",
    SHARK_TANK: "Shark Tank",
    ACCEPTED: "Sales accepted (SAL)",
    NURTURE: "Nurture",
    CONVERTED: "Converted",
    SUPPRESSED: "Suppressed",
    MERGED: "Merged",
}
STATES = tuple(LABELS)
ENDED = (CONVERTED, SUPPRESSED, MERGED)
OPEN = tuple(state for state in STATES if state not in ENDED)
OWNED = (ASSIGNED, OVERDUE, ACCEPTED)
REASONED = (NURTURE, SUPPRESSED)
BIRTHS = (BUFFER, NURTURE)

# What a deadline is for. A lead's `due_step` names the one that its `due_at` stands for.
STEPS = {
    BUFFER: ("ready", "ceiling"),
    AQL: ("route",),
    ROUTING: ("try", "fallback"),
    ASSIGNED: ("accept",),
    OVERDUE: ("release",),
    SHARK_TANK: ("alert", "assign"),
    ACCEPTED: ("touch", "untouched", "disposition"),
    NURTURE: ("return", "review"),
}


@dataclass(frozen=True)
class Verb:
    """One transition: the states it starts from and the state it ends in."""

    sources: tuple[str, ...]
    target: str


VERBS = {
    "qualify": Verb((BUFFER,), AQL),
    "start_routing": Verb((AQL,), ROUTING),
    "assign": Verb((BUFFER, ROUTING, SHARK_TANK, ASSIGNED, OVERDUE, ACCEPTED), ASSIGNED),
    "expire": Verb((ASSIGNED,), OVERDUE),
    "release": Verb((ROUTING, OVERDUE, ACCEPTED), SHARK_TANK),
    "accept": Verb((ASSIGNED, OVERDUE), ACCEPTED),
    "claim": Verb((SHARK_TANK,), ACCEPTED),
    "nurture": Verb((BUFFER, ASSIGNED, OVERDUE, ACCEPTED), NURTURE),
    "reroute": Verb((ASSIGNED, OVERDUE, ACCEPTED), ROUTING),
    "rebuffer": Verb((ASSIGNED, OVERDUE, ACCEPTED), BUFFER),
    "re_engage": Verb((NURTURE,), BUFFER),
    "convert": Verb((ACCEPTED,), CONVERTED),
    "suppress": Verb(OPEN, SUPPRESSED),
    "merge": Verb(OPEN, MERGED),
}
PAIRS = tuple(sorted({(source, verb.target) for verb in VERBS.values() for source in verb.sources}))

DEAL_LADDER = "deal"
# A deal owner's lead never waits in routing nor in the pool.
NOT_FOR_DEALS = (AQL, ROUTING, SHARK_TANK)
