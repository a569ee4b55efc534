"""`./run test` and its kin: every step runs, whatever came of the one before, and the end tells all."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile

from revops.starter import environment
from revops.starter.browser import HOW_TO_GET_ONE, find_browser
from revops.starter.checkout import Checkout
from revops.starter.database import passing_database
from revops.starter.say import CannotStart, say
from revops.starter.signals import beside, run

LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
# `run` has no ending that ruff would know it by. The exclusion is for a checkout without git and its ignores.
PYTHON = ("--extend-exclude", ".airtight", ".", "run")


@dataclass(frozen=True)
class Step:
    """`arguments`: to the environment's Python. Never a script of `.venv/bin`, which a moved checkout would break."""

    name: str
    arguments: tuple[str, ...]
    code: int = -1
    seconds: float = 0.0


# The longest, on one core however many there are: it runs beside the others, and what it says comes after theirs.
BESIDE = Step("mypy", ("-m", "mypy"))
CHECKS = (
    Step("ruff check", ("-m", "ruff", "check", *PYTHON)),
    Step("ruff format", ("-m", "ruff", "format", "--check", *PYTHON)),
    Step("lint-imports", ("-c", LINT_IMPORTS)),
    Step("migrations", ("manage.py", "makemigrations", "--check", "--dry-run")),
)


def test(checkout: Checkout, arguments: Sequence[str]) -> int:
    environment.prepare(checkout, "requirements-dev.txt")
    browser = find_browser(checkout)
    pytest = Step("pytest", ("-m", "pytest", *(arguments or ("-n", "2", "-m", "not long"))))
    code = _run_all(checkout, (*CHECKS, pytest), _browser_variables(browser))
    if browser is None:
        say(f"The browser tests were skipped: no Chromium here. To have them, type: {HOW_TO_GET_ONE}")
    return code


def check(checkout: Checkout, arguments: Sequence[str]) -> int:
    if arguments:
        raise CannotStart("./run check takes no arguments.")
    environment.prepare(checkout, "requirements-dev.txt")
    return _run_all(checkout, CHECKS, {})


def bench(checkout: Checkout, arguments: Sequence[str]) -> int:
    if not (checkout.root / "benchmarks").is_dir():
        raise CannotStart("There are no benchmarks in this checkout.")
    environment.prepare(checkout, "requirements-dev.txt")
    with passing_database(checkout, durable=True) as url:
        return _run(checkout, ("-m", "benchmarks", *arguments), checkout.variables(url))


def shots(checkout: Checkout, arguments: Sequence[str]) -> int:
    environment.prepare(checkout, "requirements-dev.txt")
    browser = find_browser(checkout)
    if browser is None:
        raise CannotStart(f"Pictures of the pages need a Chromium. Type: {HOW_TO_GET_ONE}")
    with passing_database(checkout) as url:
        return _run(checkout, ("-m", "tests.shots", *arguments), checkout.variables(url) | _browser_variables(browser))


def _browser_variables(browser: str | None) -> dict[str, str]:
    return {"AIRTIGHT_CHROMIUM": browser} if browser else {}


def _run_all(checkout: Checkout, steps: Sequence[Step], more: Mapping[str, str]) -> int:
    with passing_database(checkout) as url:
        variables = checkout.variables(url) | dict(more)
        command: list[str | Path] = [checkout.python, *BESIDE.arguments]
        with TemporaryFile() as log, beside(command, cwd=checkout.root, env=variables, log=log) as child:
            done = [_timed(checkout, step, variables) for step in steps]
            say(f"\n== {BESIDE.name}")
            code = child.wait()
            done.append(replace(BESIDE, code=code))
            log.seek(0)
            say(log.read().decode(errors="replace").rstrip())
    say("")
    for step in done:
        took = f"{step.seconds:6.1f} s" if step.name != BESIDE.name else "beside the others"
        say(f"{step.name:<14} {'ok' if step.code == 0 else 'FAILED':<7} {took}")
    return 1 if any(step.code for step in done) else 0


def _timed(checkout: Checkout, step: Step, variables: Mapping[str, str]) -> Step:
    say(f"\n== {step.name}")
    began = time.monotonic()
    code = _run(checkout, step.arguments, variables)
    return replace(step, code=code, seconds=time.monotonic() - began)


def _run(checkout: Checkout, arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    return run([checkout.python, *arguments], cwd=checkout.root, env=variables)
