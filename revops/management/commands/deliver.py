from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from revops import clock
from revops.deliver import deliver_due
from revops.delivery_claims import due
from revops.loops import Loop


class Command(BaseCommand):
    help = "Send what is owed to the world outside. The worker does this too; any number may run at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="send what is due now and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if not once:
            Loop().run(lambda: 0.0 if deliver_due(at=clock.now()) else 1.0)
            return
        taken = 0
        with tqdm(
            total=due(at=clock.now()).count(), desc="Sending", unit=" deliveries", leave=False, disable=None
        ) as bar:
            while batch := deliver_due(at=clock.now()):
                taken += batch
                bar.update(batch)
        self.stdout.write(f"{taken} deliver{'y' if taken == 1 else 'ies'} tried.")
