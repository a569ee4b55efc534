from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from leads import wording
from leads.deliveries import connected
from revops import clock, crm_backfill, crm_health
from revops.crm_backfill import NOT_APART, Progress
from revops.deliver import deliver_due

IN_HAND = 50  # at a time; what changes meanwhile comes after them


class Command(BaseCommand):
    help = (
        "Write the open leads to the CRM that were held here before it was connected, now, one after the other. "
        "It happens by itself, too, thirty a minute. Run again after a stop, it goes on where it was."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not connected("crm.owner"):
            raise CommandError("No CRM is connected: set SALESFORCE_BASE_URL or HUBSPOT_ACCESS_TOKEN (see README).")
        told = crm_backfill.progress(at=clock.now())
        with tqdm(total=told.total, initial=told.known + told.failed, unit=" leads", disable=None) as bar:
            while self._portion():
                told = crm_backfill.progress(at=clock.now())
                bar.update(told.known + told.failed - bar.n)
        self._say(told)

    def _portion(self) -> int:
        """Let some go out, and send until nothing is due. Returns how many were sent."""
        crm_backfill.take_up(at=clock.now(), most=IN_HAND, apart=NOT_APART)
        sent = 0
        while taken := deliver_due(at=clock.now()):
            sent += taken
        return sent

    def _say(self, told: Progress) -> None:
        self.stdout.write(f"The CRM knows {told.known:,} of {wording.count(told.total, 'lead')} that it is to know.")
        if told.failed:
            self.stdout.write(f"{told.failed:,} could not be written: /admin/leads/delivery/?status__exact=dead")
        if until := crm_health.closed_until(at=clock.now()):
            raise CommandError(
                f"The CRM is left alone until {until:%H:%M} UTC. {told.left:,} leads wait; they go out by themselves."
            )
        if told.left:
            self.stdout.write(f"{told.left:,} are on their way and go out by themselves.")
