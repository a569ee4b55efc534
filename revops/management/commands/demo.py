import json
import shlex
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Max
from knox.models import AuthToken
from knox.settings import CONSTANTS
from tqdm import tqdm

from leads.models import Lead
from revops import clock
from revops.demo import company, hooks, story
from revops.demo.accounts import TO_BYPASS, TO_WATCH
from revops.roles import rep_of

PRIVATE = Path(".airtight")
OLD = timedelta(hours=12)  # after a night the leads of the story are no longer where it left them


class Command(BaseCommand):
    help = "Load the demo: a company, its rules, three weeks of leads and one in every state. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--show", action="store_true", help="only print the logins and what to try")
        parser.add_argument("--migrate", action="store_true", help="bring the tables up to date first")

    def handle(self, *args: Any, show: bool, migrate: bool, **options: Any) -> None:
        if not settings.AIRTIGHT_DEMO:
            raise CommandError(
                "The demo loads people with a known password: it needs AIRTIGHT_DEMO=1, as ./run demo sets."
            )
        if migrate:
            call_command("migrate", interactive=False, verbosity=0)
        if not show:
            self._load()
        self.stdout.write(told(at=clock.now()))

    def _load(self) -> None:
        at = clock.now()
        with transaction.atomic():  # the story whole or not at all: a start that was broken off is begun anew
            company.load(at=at)
            if not Lead.objects.exists():
                _tell(at)
        _token()
        website = User.objects.get(username=company.CLIENT)
        hooks.load(settings.BASE_DIR / PRIVATE, _mark(website))


def _tell(at: datetime) -> None:
    with tqdm(total=100, unit="%", desc="Living three weeks of leads", disable=None) as bar:
        for percent in story.tell(now=at):
            bar.update(percent - bar.n)


def _token() -> None:
    """A token of the website's for the commands to try; a file only its owner can read, as tokens are stored hashed."""
    website = User.objects.get(username=company.CLIENT)
    path = settings.BASE_DIR / _token_file(website)
    if path.exists() and AuthToken.objects.filter(user=website, token_key=_key(path.read_text())).exists():
        return
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(AuthToken.objects.create(user=website, expiry=None)[1])


def _token_file(website: User) -> Path:
    """A file for each database, told apart by the moment its website was made: its address may be used again."""
    return PRIVATE / f"demo-token-{_mark(website)}"


def _mark(website: User) -> str:
    return f"{website.date_joined:%Y%m%d-%H%M%S-%f}"


def _key(token: str) -> str:
    return token[: CONSTANTS.TOKEN_KEY_LENGTH]


def told(*, at: datetime) -> str:
    """The logins, and what to try first."""
    website = User.objects.get(username=company.CLIENT)
    users = {who: User.objects.filter(username=who).first() for who in (company.REP, company.MANAGER)}
    team = next((rep.team.name for user in users.values() if user and (rep := rep_of(user))), "")
    return _age(at) + dedent(f"""\
        Sign in at {settings.AIRTIGHT_URL}   (password of everybody: {company.PASSWORD})
          rep       {company.REP}   ({team})
          manager   {company.MANAGER}
          RevOps    {company.LAST_RESORT}

        Try first
          1. As the rep: accept a lead, recycle another with a reason, claim one from the Shark Tank.
          2. Watch a lapse. This source's policy counts in minutes: 10 s of buffer, 2 min to accept, 4 to the pool.
             {_command(website, TO_WATCH)}
          3. The bypass: of a company with an open deal the lead goes straight to the deal's owner.
             {_command(website, TO_BYPASS)}
          4. Move time: ./run manage clock +2h   (every deadline acts as if the time had passed)
          5. What Slack was sent, with buttons that work: {settings.AIRTIGHT_STANDINS_URL or "the stand-in's page"}
          6. Work in the CRM: {settings.AIRTIGHT_STANDINS_URL}/{_crm()}/  (log a call, convert a lead, give it away;
             it comes back here within five minutes)
          7. Webhooks: docs/webhooks.md, once TOKEN and SECRET are set by
             . {_hook_file(website)}   (or the one with standard in its name)
        """)


def _crm() -> str:
    return "salesforce" if settings.SALESFORCE_BASE_URL else "hubspot"


def _hook_file(website: User) -> str:
    return shlex.quote(str(settings.BASE_DIR / PRIVATE / f"demo-hook-segment-{_mark(website)}"))


def _command(website: User, account: tuple[Any, ...]) -> str:
    """As it is to be pasted, lines and all: a lead of this company."""
    company, domain, *_rest = account
    form = json.dumps({"email": _somebody_new(domain), "company": company, "source": "watch_me"})
    token = shlex.quote(str(settings.BASE_DIR / _token_file(website)))
    said = (
        f'curl -s {settings.AIRTIGHT_URL}/api/v1/leads/ -H "Authorization: Bearer $(cat {token})"',
        f"  -H \"Content-Type: application/json\" -d '{form}'",
    )
    return (" \\\n" + 13 * " ").join(said)


def _somebody_new(domain: str) -> str:
    """Of whom there is no lead yet: an open one they would join, and nothing new be seen."""
    before = Lead.objects.filter(email__istartswith="you", email__iendswith=f"@{domain}").count()
    return f"you{before + 1 if before else ''}@{domain}"


def _age(at: datetime) -> str:
    """A line about leads of long ago: nothing of them is lost, but the moment they were told for is over."""
    came = Lead.objects.aggregate(at=Max("captured_at"))["at"]
    if came is None or at - came < OLD:
        return ""
    return (
        f"The newest lead is of {came:%d %B, %H:%M} UTC, and the deadlines since then have acted.\n"
        "For a day as it was at first: ./run demo --fresh\n\n"
    )
