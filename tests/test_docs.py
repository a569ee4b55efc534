"""The documentation says what the tables in the code say."""

from pathlib import Path

from django.conf import settings

from leads import states
from revops.deadlines import WHEN_DUE

LIFECYCLE = (Path(settings.BASE_DIR) / "docs" / "lifecycle.md").read_text(encoding="utf-8")


def test_every_verb_stands_in_the_documentation() -> None:
    for name, verb in states.VERBS.items():
        sources = "any open state" if verb.sources == states.OPEN else ", ".join(verb.sources)
        assert f"| {name} | {sources} | {verb.target} |" in LIFECYCLE


def test_every_deadline_stands_in_the_documentation_and_is_acted_on() -> None:
    steps = {(state, step) for state, names in states.STEPS.items() for step in names}
    assert steps == set(WHEN_DUE)
    for state, step in steps:
        assert f"| {state} | {step} |" in LIFECYCLE
