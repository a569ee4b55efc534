"""`manage.py slack_socket`: hear Slack's clicks without a public address."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from revops.loops import Loop
from revops.slack.socket_mode import SocketDoor


class Command(BaseCommand):
    help = (
        "Hear clicks in Slack over a socket that is opened from here (Socket Mode), for an install that Slack cannot "
        "reach over HTTP. Runs until it is told to end; several may run."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SLACK_APP_TOKEN:
            raise CommandError(
                "Set SLACK_APP_TOKEN to the Slack app's app-level token (xapp-…, with the scope connections:write), "
                "and switch Socket Mode on in the app's settings."
            )
        door = SocketDoor()
        try:
            Loop().run(door.keep_open)
        finally:
            door.close()
