"""`manage.py standins`: the outside vendors of a demo, on this machine alone."""

import signal
from types import FrameType
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from revops.standins.enrichment.apollo import ApolloStandIn
from revops.standins.enrichment.app import EnrichmentStandIn
from revops.standins.enrichment.clearbit import ClearbitStandIn
from revops.standins.enrichment.hubspot import HubSpotStandIn
from revops.standins.enrichment.vendor import Vendor
from revops.standins.enrichment.zoominfo import ZoomInfoStandIn
from revops.standins.mounting import Mounted
from revops.standins.serving import NotThisMachine, StandInServer, serve
from revops.standins.slack.app import SlackStandIn
from revops.standins.slack.clicks import Airtight


class Command(BaseCommand):
    help = "Stand in for the outside vendors: Slack, on a page whose buttons work, and those that sell company data."
    requires_system_checks: list[str] = []  # it needs no database, and starts before one is there

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--host", default="127.0.0.1", help="a loopback address; no other is taken")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.AIRTIGHT_DEMO:
            raise CommandError("Stand-ins are for demos: set AIRTIGHT_DEMO=true if this is one.")
        server = self._listen(options["host"], options["port"])
        signal.signal(signal.SIGTERM, _end)
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            self.stdout.write("Stand-ins ended.")
        finally:
            server.server_close()

    def _listen(self, host: str, port: int) -> StandInServer:
        url = f"http://{host}:{port}"
        try:
            server = serve(Mounted(_slack(url), _enrichment()), host=host, port=port)
        except NotThisMachine as refusal:
            raise CommandError(str(refusal)) from None
        except OSError as error:
            raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}") from None
        if urlsplit(settings.SLACK_BASE_URL).netloc != f"{host}:{port}":
            self.stderr.write(f"Airtight talks to {settings.SLACK_BASE_URL}; for this set SLACK_BASE_URL={url}/api/")
        self.stdout.write(f"The stand-in for Slack is at {url}/, those of enrichment vendors from {url}/apollo/ on")
        return server


def _slack(url: str) -> SlackStandIn:
    if not settings.SLACK_BOT_TOKEN or not settings.SLACK_SIGNING_SECRET:
        raise CommandError("Set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET, to any words the two sides share.")
    airtight = Airtight(url=settings.AIRTIGHT_URL, secret=settings.SLACK_SIGNING_SECRET)
    return SlackStandIn(url=url, token=settings.SLACK_BOT_TOKEN, airtight=airtight)


def _enrichment() -> dict[str, EnrichmentStandIn]:
    """Each under its name; one whose credential is not set takes no key at all."""
    vendors: list[Vendor] = [
        ApolloStandIn(api_key=settings.APOLLO_API_KEY),
        ZoomInfoStandIn(
            client_id=settings.ZOOMINFO_CLIENT_ID,
            client_secret=settings.ZOOMINFO_CLIENT_SECRET,
            username=settings.ZOOMINFO_USERNAME,
            password=settings.ZOOMINFO_PASSWORD,
        ),
        ClearbitStandIn(api_key=settings.CLEARBIT_API_KEY),
        HubSpotStandIn(access_token=settings.HUBSPOT_ACCESS_TOKEN),
    ]
    titles = {vendor.NAME: vendor.TITLE for vendor in vendors}
    return {vendor.NAME: EnrichmentStandIn(vendor, others=titles) for vendor in vendors}


def _end(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
