from pathlib import Path
from textwrap import dedent
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from knox.models import AuthToken
from tqdm import tqdm

from leads.models import Lead
from revops import clock
from revops.demo import company, story
from revops.roles import rep_of

TOKEN_FILE = Path(".airtight") / "demo-token"


class Command(BaseCommand):
    help = "Load the demo: a company, its rules, three weeks of leads and one in every state. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--show", action="store_true", help="only print the logins and what to try")

    def handle(self, *args: Any, show: bool, **options: Any) -> None:
        if not settings.AIRTIGHT_DEMO:
            raise CommandError(
                "The demo loads people with a known password: it needs AIRTIGHT_DEMO=1, as ./run demo sets."
            )
        if not show:
            self._load()
        self.stdout.write(told())

    def _load(self) -> None:
        at = clock.now()
        with transaction.atomic():
            company.load(at=at)
        if not Lead.objects.exists():
            bar = tqdm(total=100, unit="%", desc="Living three weeks of leads", disable=None)
            with bar:
                for percent in story.tell(now=at):
                    bar.update(percent - bar.n)
        _token()


def _token() -> None:
    """A token of the website's for the commands to try; a file only its owner can read, as tokens are stored hashed."""
    path = settings.BASE_DIR / TOKEN_FILE
    user = User.objects.get(username=company.CLIENT)
    if path.exists() and AuthToken.objects.filter(user=user).exists():
        return
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(AuthToken.objects.create(user=user, expiry=None)[1])


def told() -> str:
    """The logins, and what to try first."""
    users = {who: User.objects.filter(username=who).first() for who in (company.REP, company.MANAGER)}
    team = next((rep.team.name for user in users.values() if user and (rep := rep_of(user))), "")
    return dedent(f"""\
        Sign in at {settings.AIRTIGHT_URL}   (password of everybody: {company.PASSWORD})
          rep       {company.REP}   ({team})
          manager   {company.MANAGER}
          RevOps    {company.LAST_RESORT}

        Try first
          1. As the rep: accept a lead, recycle another with a reason, claim one from the Shark Tank.
          2. Watch a lapse. This source's policy counts in minutes: 10 s of buffer, 2 min to accept, 4 to the pool.
             curl -s {settings.AIRTIGHT_URL}/api/v1/leads/ -H "Authorization: Bearer $(cat {TOKEN_FILE})" \\
               -H "Content-Type: application/json" \\
               -d '{{"email": "you@quarry.example", "company": "Quarry Analytics", "source": "watch_me"}}'
          3. The bypass: the same with an address at lumenledger.example goes straight to the owner of its open deal.
          4. Move time: ./run manage clock +2h   (every deadline acts as if the time had passed)
          5. What Slack was sent, with buttons that work: {settings.AIRTIGHT_STANDINS_URL or "the stand-in's page"}
        """)
