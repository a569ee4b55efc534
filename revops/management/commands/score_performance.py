from typing import Any

from django.core.management.base import BaseCommand

from leads import wording
from revops import clock, scoring


class Command(BaseCommand):
    help = "Work out performance weights anew from what became of leads, as a worker does every day."

    def handle(self, *args: Any, **options: Any) -> None:
        count = scoring.refresh(at=clock.now())
        self.stdout.write(f"{wording.count(count, 'rep')} scored; each one's numbers: /dashboard/performance/")
