"""The documentation says what the tables in the code say."""

import re
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands

from leads import states
from revops.deadlines import WHEN_DUE

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text(encoding="utf-8")
LIFECYCLE = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")


def test_every_verb_stands_in_the_documentation() -> None:
    for name, verb in states.VERBS.items():
        sources = "any open state" if verb.sources == states.OPEN else ", ".join(verb.sources)
        assert f"| {name} | {sources} | {verb.target} |" in LIFECYCLE


def test_every_deadline_stands_in_the_documentation_and_is_acted_on() -> None:
    steps = {(state, step) for state, names in states.STEPS.items() for step in names}
    assert steps == set(WHEN_DUE)
    for state, step in steps:
        assert f"| {state} | {step} |" in LIFECYCLE


def test_every_command_stands_in_the_readme() -> None:
    apps = ("revops", "leads", "routing", "sla", "recycle")
    commands = {name for name, app in get_commands().items() if app in apps}
    table = README.partition("## Commands")[2].partition("## Settings")[0]
    first_cells = "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`([a-z_]+)[` ]", first_cells)) == commands


def test_every_setting_stands_in_the_readme() -> None:
    source = (ROOT / "revops" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r"""env\.\w+\(\s*"([A-Z_0-9]+)\"""", source))
    table = README.partition("## Settings")[2].partition("## How")[0]
    assert read == set(re.findall(r"`([A-Z][A-Z_0-9]+)`", table))


def test_every_link_of_the_readme_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


PROMISES = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
PROMISE = r"\b[BCDLT][0-9]{1,2}\b"


def promised() -> dict[str, list[Path]]:
    """By its id, the files in which each promise is tried or measured."""
    rows = re.findall(rf"^\| ({PROMISE}) \| .+ \| (.+) \|$", PROMISES, re.MULTILINE)
    tried = {name: re.findall(r"`(tests/[^`]+)`", places) for name, places in rows}
    measured = {name: re.findall(r"`\./run bench (\w+)`", places) for name, places in rows}
    return {
        name: [*(ROOT / path for path in tried[name]), *(ROOT / f"benchmarks/{bench}.py" for bench in measured[name])]
        for name, _places in rows
    }


def named_in(path: Path) -> set[str]:
    """The promises that docstrings of this file name."""
    docstrings = re.findall(r'""".*?"""', path.read_text(encoding="utf-8"), re.DOTALL)
    return {name for text in docstrings for name in re.findall(PROMISE, text)}


def test_every_promise_is_tried_where_the_documentation_says() -> None:
    assert len(promised()) == PROMISES.count("\n| ") - PROMISES.count("\n| id |")
    for name, paths in promised().items():
        assert paths, name
        for path in paths:
            assert name in named_in(path), (name, path)


def test_every_promise_that_a_test_names_stands_in_the_documentation() -> None:
    paths = (*ROOT.glob("tests/**/*.py"), *ROOT.glob("benchmarks/*.py"))
    named = {name for path in paths for name in named_in(path)}
    assert len(named) > 10
    assert named <= promised().keys()
