from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from leads import domain_claims, wording
from leads.models import Account
from revops import clock
from revops.crm import configured
from revops.crm_pull import pull
from revops.deliver import hurry


class Command(BaseCommand):
    help = (
        "Pull accounts, opportunities, leads and activities from the CRM: what changed since the last pull, or "
        "everything the first time. Run again after a stop, it goes on where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--full", action="store_true", help="pull everything anew; what the CRM lost is closed here"
        )

    def handle(self, *args: Any, full: bool, **options: Any) -> None:
        try:
            crm = configured()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        if crm is None:
            raise CommandError("No CRM is connected: set SALESFORCE_BASE_URL or HUBSPOT_ACCESS_TOKEN (see README).")
        with tqdm(unit=" rows", disable=None) as bar:

            def shown(kind: str, rows: int) -> None:
                bar.set_description(kind)
                bar.update(rows)

            done = pull(crm, at=clock.now(), full=full, progress=shown)
        for kind, rows in done.rows.items():
            left_out = done.left_out[kind]
            told = f", {left_out:,} could not be kept" if left_out else ""
            self.stdout.write(f"{rows:>8,}  {kind}{told}")
        if shared := domain_claims.sharing(Account.objects.all()).count():
            self.stdout.write(
                f"{wording.count(shared, 'account')} share a domain: /admin/leads/account/?domains=shared"
            )
        if done.error:
            raise CommandError(f"{done.error.rstrip('.')}. What was pulled is kept; run it again to go on.")
        hurry("crm", at=clock.now())  # it answers again, so what waited for that waits no longer
