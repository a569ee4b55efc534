"""`manage.py config export|diff|apply`: the whole configuration as one file."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from django.db.models import Q

from leads import wording
from leads.actor import Actor
from leads.models import Draft
from revops import clock, clock_troubles, roles, rules
from revops.admin_attention import NO_FALLBACK, has_fallback, nobody_taking
from revops.config import document, yaml_text
from revops.config.applying import ChangedMeanwhile, Outcome, applied, tried
from revops.config.checking import Wish, check
from revops.config.comparing import Change
from revops.config.problems import BadConfig, Unreadable
from revops.config.reading import read
from revops.ladder import NoLastResort
from sla import fitting
from sla.models import Policy

SOMETHING, WRONG = 1, 2
MOST_STAY = 10
# What may leave a window longer than a week's work, or a team without an opening.
KEEPS_TIME = ("sla_policies", "calendars", "teams")


class Command(BaseCommand):
    help = (
        "The whole configuration as a YAML file. `export` writes it, `diff` says what applying one would change (exit "
        "0: nothing, 1: something, 2: the file is wrong), `apply` shows that, asks, and does all of it or nothing. A "
        "section that the file does not have is left alone; a row that a section does not have is removed where the "
        "admin could remove it, else switched off. Never in it: leads, accounts, users, keys and secrets."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["export", "diff", "apply"])
        parser.add_argument("file", nargs="?", type=Path, help="the YAML file; export without one writes to the screen")
        parser.add_argument("--yes", action="store_true", help="apply without asking")
        parser.add_argument("--by", metavar="EMAIL", help="who applies it, for the record: somebody of RevOps")

    def handle(self, *args: Any, what: str, file: Path | None, **options: Any) -> None:
        if what == "export":
            self._export(file)
            return
        if file is None:
            raise CommandError(f"Say which file: config {what} FILE.", returncode=WRONG)
        if what == "apply" and options["by"] is None:
            raise CommandError("Say who applies it: --by EMAIL.", returncode=WRONG)
        by = _actor(options["by"])
        try:
            wish = check(read(file), name=file.name)
            outcome = tried(wish, name=file.name, at=clock.now())
        except (BadConfig, Unreadable) as error:
            _refuse(error)
        self._show(outcome)
        if what == "diff":
            sys.exit(SOMETHING if outcome.changes else 0)
        if outcome.changes:
            self._apply(wish, outcome, file, by=by, yes=options["yes"])

    def _export(self, file: Path | None) -> None:
        text = yaml_text.text(document.written())
        if Draft.objects.exists():
            self.stderr.write("A draft is open: the rules are written out as the draft has them.")
        if file is None:
            self.stdout.write(text, ending="")
            return
        try:
            file.write_text(text, encoding="utf-8")
        except (OSError, ValueError) as error:
            raise CommandError(f"{file}: {getattr(error, 'strerror', None) or error}.", returncode=WRONG) from None

    def _apply(self, wish: Wish, shown: Outcome, file: Path, *, by: Actor, yes: bool) -> None:
        if not yes:
            self._ask()
        try:
            done = applied(wish, name=file.name, expected=shown.before, at=clock.now(), by=by)
        except (BadConfig, ChangedMeanwhile) as error:
            _refuse(error)
        except NoLastResort as error:
            raise CommandError(
                f"Nothing was written: a lead would be left with nobody. {error}", returncode=WRONG
            ) from None
        except IntegrityError:
            raise CommandError(str(ChangedMeanwhile()), returncode=WRONG) from None
        self._tell(done)

    def _ask(self) -> None:
        if not sys.stdin.isatty():
            raise CommandError("Nothing was written: nobody is there to ask. Apply it with --yes.", returncode=WRONG)
        try:
            answer = input("Apply this? [y/N] ")
        except EOFError:
            answer = ""
        if answer.strip().casefold() not in ("y", "yes"):
            raise CommandError("Nothing was written.", returncode=SOMETHING)

    def _show(self, outcome: Outcome) -> None:
        section = ""
        for change in outcome.changes:
            if change.section.name != section:
                section = change.section.name
                self.stdout.write(_printable(section.replace("_", " ")))
            self._change(change)
        if not outcome.changes:
            self.stdout.write("Nothing would change: the configuration is as the file has it.")
        if outcome.stay:
            more = len(outcome.stay) - MOST_STAY
            named = ", ".join(map(_printable, outcome.stay[:MOST_STAY])) + (f" and {more} more" if more > 0 else "")
            self.stdout.write(f"Not in the file, and stays, since it is the product's own or in use: {named}.")

    def _change(self, change: Change) -> None:
        self.stdout.write(f"  {change.what} {_printable(change.key)}")
        for line in change.lines:
            self.stdout.write(f"      {_printable(line)}")

    def _tell(self, done: Outcome) -> None:
        self.stdout.write(f"Applied: {wording.count(len(done.changes), 'row')}.")
        if done.version is not None:
            self.stdout.write(f"The rules are version {done.version.number} now.")
        if done.in_draft:
            self.stdout.write(
                "A draft is open: ICP, territories, load caps and policies were saved in it and hold once it is "
                "published. All else holds now."
            )
        self._doubt({change.section.name for change in done.changes})
        self._in_vain([change.key for change in done.changes if change.section.model is Policy])
        if done.moved:
            self.stdout.write(f"{wording.count(done.moved, 'lead')} went on to others.")
        for change in done.changes:
            if change.section.name == "webhooks" and change.what == "added":
                name = _printable(change.key)
                self.stdout.write(f"Webhook {name}: make its address and its secret in the admin (Webhooks).")

    def _doubt(self, sections: set[str]) -> None:
        """What stands by now and is hardly meant."""
        written = rules.written()
        if "territories" in sections and not has_fallback(written):
            self.stdout.write(NO_FALLBACK)
        if sections & {"territories", "teams", "reps"}:
            for text in nobody_taking(written):
                self.stdout.write(_printable(text))
        if sections & set(KEEPS_TIME):
            for told, _model in clock_troubles.told(at=clock.now()):
                self.stdout.write(f"Warning: {_printable(told)}")

    def _in_vain(self, names: list[str]) -> None:
        """What these policies say and nobody will ever notice, as their page warns."""
        every = list(Policy.objects.select_related("territory").order_by("name"))
        for policy in (one for one in every if one.name in names):
            for told in fitting.of_no_effect(policy, every):
                self.stdout.write(f"Warning: {_printable(told)}")


def _refuse(error: Exception) -> NoReturn:
    told = "\n".join(map(_printable, str(error).split("\n")))
    raise CommandError(told, returncode=WRONG) from None


def _printable(text: str) -> str:
    """A file's text may hold what moves a terminal's cursor or writes over what it said."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _actor(name: str | None) -> Actor:
    if name is None:
        return Actor("system", "command")
    user = User.objects.filter(Q(email__iexact=name) | Q(username__iexact=name), is_active=True).order_by("pk").first()
    if user is None:
        raise CommandError(f"There is no user with the e-mail {name}.", returncode=WRONG)
    if not roles.is_revops(user):
        raise CommandError(f"{user} is not RevOps, and only RevOps may configure.", returncode=WRONG)
    return roles.actor(user, door="command")
