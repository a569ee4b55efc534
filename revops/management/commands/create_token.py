"""`manage.py create_token EMAIL [--days N]`: a bearer token for the API."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from knox.models import AuthToken

from revops.roles import is_api_client, is_revops, rep_of

MOST_DAYS = 3650


class Command(BaseCommand):
    help = "Makes a token for the API and prints it, once: only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the e-mail or the name that the user signs in with")
        parser.add_argument("--days", type=int, default=365, help="how long it is good for (365)")

    def handle(self, *args: Any, **options: Any) -> None:
        days: int = options["days"]
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(f"A token is good for 1 to {MOST_DAYS:,} days.")
        user = self._user(options["email"])
        row, token = AuthToken.objects.create(user=user, expiry=timedelta(days=days))
        if not (is_revops(user) or is_api_client(user) or rep_of(user)):
            self.stderr.write(f"{user} has no role yet: make them a rep, or put them in the group 'API client'.")
        self.stderr.write(f"A token for {user}, good until {row.expiry:%Y-%m-%d}. It is shown only this once:")
        self.stdout.write(token)

    def _user(self, name: str) -> User:
        found = list(User.objects.filter(Q(email__iexact=name) | Q(username__iexact=name)).order_by("pk")[:2])
        if not found:
            raise CommandError(f"There is no user with the e-mail {name}.")
        if len(found) > 1:
            raise CommandError(f"More than one user has the e-mail {name}.")
        if not found[0].is_active:
            raise CommandError(f"{name} is switched off, and so would the token be.")
        return found[0]
