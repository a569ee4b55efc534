"""`manage.py review_matches`: the company names that wait for a person, as CSV; and their answers, from such a file."""

import csv
from argparse import ArgumentParser
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from leads import wording
from leads.actor import Actor
from leads.intake.csv_file import Row, open_table
from leads.intake.csv_safe import safe_row
from leads.intake.problems import BadFile, shown
from leads.models import Account, Lead
from revops import clock, lifecycle, roles
from revops.refusals import Refused
from routing.matching import review
from routing.matching.linking import typed_name
from routing.matching.suggesting import MOST, Suggestion
from routing.models import NameAnswer

BATCH = 25
HEADINGS = ["name", "account_id", "addresses", "leads", *(f"suggestion_{place}" for place in range(1, MOST + 1))]
PERSONAL, COMPANY = "personal", "company"
NONE = "none"


class BadLine(Exception):
    """The line is no answer; the message says why and what to write."""


class Command(BaseCommand):
    help = (
        "Lists the company names that wait for an account, as CSV. Fill in account_id, with an account's number or "
        "'none', and give the file back with --answers; lines left blank stay open."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--answers", type=Path, metavar="FILE", help="a CSV file with the columns name, account_id")
        parser.add_argument("--by", metavar="EMAIL", help="who gives the answers: RevOps or a manager")
        parser.add_argument("--limit", type=int, default=200, help="how many names to list, most leads first (200)")

    def handle(self, *args: Any, answers: Path | None, **options: Any) -> None:
        if options["limit"] < 1:
            raise CommandError(f"--limit {options['limit']} would list nothing: it takes 1 or more.")
        if answers is None:
            self._list(options["limit"])
            return
        if not options["by"]:
            raise CommandError("Say who gives the answers: --by EMAIL.")
        self._answer(answers, by=_actor(options["by"]), at=clock.now())

    def _list(self, limit: int) -> None:
        writer = csv.writer(self.stdout)
        writer.writerow(HEADINGS)
        names = review.waiting(Lead.objects.all())[:limit]
        for start in range(0, len(names), BATCH):
            batch = names[start : start + BATCH]
            for one, offered in zip(batch, review.offers(batch), strict=True):
                addresses = PERSONAL if one.personal else COMPANY
                writer.writerow(safe_row([one.name, "", addresses, one.leads, *map(_told, offered)]))

    def _answer(self, file: Path, *, by: Actor, at: datetime) -> None:
        try:
            table = open_table(file)
        except BadFile as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename or file}: {error.strerror}.") from None
        if missing := [name for name in HEADINGS[:2] if name not in table.columns]:
            raise CommandError(f"'{file.name}' has no column {' and no column '.join(missing)}.")
        told: Counter[str] = Counter()
        for row in table.rows():
            try:
                told.update(_apply(row, by=by, at=at))
            except (BadLine, Refused) as error:
                told["lines not used"] += 1
                self.stderr.write(f"Line {row.line}: {error}")
        for what in ("names linked", "names with none", "leads", "left open", "lines not used"):
            self.stdout.write(f"{told[what]:>8,}  {what}")
        if told["lines not used"]:
            raise CommandError(f"{wording.count(told['lines not used'], 'line')} could not be used; the others stand.")


def _apply(row: Row, *, by: Actor, at: datetime) -> dict[str, int]:
    if row.doubt is not None:
        raise BadLine(row.doubt.sentence)
    name, chosen = row.cells["name"].strip(), row.cells["account_id"].strip()
    if not chosen:
        return {"left open": 1}
    if not name:
        raise BadLine("It names no company: fill in the column name.")
    personal = _addresses(row.cells.get("addresses", "")) == PERSONAL
    _must_be_asked(name, personal=personal)
    account_id = None if chosen.casefold() == NONE else _account(chosen)
    refused = _offered(name) if account_id is None else []
    leads = lifecycle.answer_name(name, account_id=account_id, personal=personal, refused=refused, at=at, by=by)
    return {"names linked" if account_id else "names with none": 1, "leads": leads}


def _must_be_asked(name: str, *, personal: bool) -> None:
    """Refuse a name under which no lead waits, or may come to wait; of an answered one the answer is told instead."""
    joined, leads = typed_name(name).joined, Lead.objects.all()
    if not joined or (not personal and NameAnswer.objects.filter(joined=joined, withdrawn_at__isnull=True).exists()):
        return
    if not review.under(leads, joined, personal=personal) and (personal or not review.in_buffer(leads, joined)):
        kind = PERSONAL if personal else COMPANY
        raise BadLine(
            f"No lead from {kind} addresses waits under '{shown(name)}': take names from this command's list."
        )


def _addresses(text: str) -> str:
    kind = text.strip().casefold() or COMPANY
    if kind not in (PERSONAL, COMPANY):
        raise BadLine(f"'{shown(text)}' is no kind of addresses: write {COMPANY} or {PERSONAL}.")
    return kind


def _account(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    if not Account.objects.filter(pk=number).exists():
        raise BadLine(f"There is no account '{shown(text)}': write its number as the admin shows it, or '{NONE}'.")
    return number


def _offered(name: str) -> list[int]:
    one = review.Waiting(typed_name(name).joined, False, (name,), 0)
    return [offer.account.pk for offer in review.offers([one])[0]]


def _told(offer: Suggestion) -> str:
    facts = f" ({', '.join(offer.facts)})" if offer.facts else ""
    return f"{offer.account.pk}: {offer.account.name}{facts}, {offer.score} of 100"


def _actor(name: str) -> Actor:
    user = User.objects.filter(Q(email__iexact=name) | Q(username__iexact=name), is_active=True).order_by("pk").first()
    if user is None:
        raise CommandError(f"There is no user with the e-mail {name}.")
    if not (roles.is_revops(user) or roles.teams_managed(user)):
        raise CommandError(f"{user} is neither RevOps nor a manager, and only they may answer.")
    return roles.actor(user, door="command")
