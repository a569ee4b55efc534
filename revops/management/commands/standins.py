"""`manage.py standins`: the outside vendors of a demo, on this machine alone, behind one address."""

import secrets
import signal
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from revops.demo.accounts import IN_THE_CRM
from revops.demo.company import DESKS, LAST_RESORT, email_of
from revops.standins.crm.app import CrmStandIn
from revops.standins.crm.export import BadExport, load_export
from revops.standins.crm.made_up import made_up
from revops.standins.crm.records import Book
from revops.standins.enrichment.apollo import ApolloStandIn
from revops.standins.enrichment.app import EnrichmentStandIn
from revops.standins.enrichment.clearbit import ClearbitStandIn
from revops.standins.enrichment.vendor import Vendor
from revops.standins.enrichment.zoominfo import ZoomInfoStandIn
from revops.standins.hubspot.app import HubSpotStandIn
from revops.standins.mounting import Mounted
from revops.standins.salesforce.app import SalesforceStandIn
from revops.standins.serving import NotThisMachine, StandInServer, serve
from revops.standins.slack.app import SlackStandIn
from revops.standins.slack.clicks import Airtight
from revops.standins.slack.keeping import WorkspaceFile

TITLES = {
    "salesforce": "Salesforce",
    "hubspot": "HubSpot",
    "apollo": "Apollo",
    "zoominfo": "ZoomInfo",
    "clearbit": "Clearbit",
}

PEOPLE = [(name, email_of(name)) for desk in DESKS for name in (desk.manager, desk.deputy, *desk.reps)]


class Command(BaseCommand):
    help = (
        "Stand in for Slack, the CRMs and the sellers of company data, each with a page of what it holds or was asked."
    )
    requires_system_checks: list[str] = []  # it needs no database, and starts before one is there

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--host", default="127.0.0.1", help="a loopback address; no other is taken")
        parser.add_argument("--slack-file", type=Path, help="where Slack's members and posts are kept between starts")
        parser.add_argument("--crm-export", type=Path, help="a folder of CSV files for the CRMs to begin with")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.AIRTIGHT_DEMO:
            raise CommandError("Stand-ins are for demos: set AIRTIGHT_DEMO=true if this is one.")
        server = self._listen(**{name: options[name] for name in ("host", "port", "crm_export", "slack_file")})
        signal.signal(signal.SIGTERM, _end)
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            self.stdout.write("Stand-ins ended.")
        finally:
            server.server_close()

    def _listen(self, host: str, port: int, crm_export: Path | None, slack_file: Path | None) -> StandInServer:
        url = f"http://{host}:{port}"
        try:
            vendors = Mounted(_slack(url, slack_file), {**_crms(url, crm_export), **_enrichment()})
            server = serve(vendors, host=host, port=port)
        except BadExport as bad:
            raise CommandError(str(bad)) from None
        except NotThisMachine as refusal:
            raise CommandError(str(refusal)) from None
        except OSError as error:
            raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}") from None
        if urlsplit(settings.SLACK_BASE_URL).netloc != f"{host}:{port}":
            self.stderr.write(f"Airtight talks to {settings.SLACK_BASE_URL}; for this set SLACK_BASE_URL={url}/api/")
        self.stdout.write(f"The stand-in for Slack is at {url}/, the others are below it: {', '.join(TITLES)}")
        return server


def _slack(url: str, file: Path | None) -> SlackStandIn:
    if not settings.SLACK_BOT_TOKEN or not settings.SLACK_SIGNING_SECRET:
        raise CommandError("Set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET, to any words the two sides share.")
    airtight = Airtight(url=settings.AIRTIGHT_URL, secret=settings.SLACK_SIGNING_SECRET)
    return SlackStandIn(
        url=url,
        token=settings.SLACK_BOT_TOKEN,
        airtight=airtight,
        members=[*(email for _name, email in PEOPLE), LAST_RESORT],
        kept=WorkspaceFile(file) if file else None,
    )


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
    ]
    return {vendor.NAME: EnrichmentStandIn(vendor, others=TITLES) for vendor in vendors}


def _crms(url: str, folder: Path | None) -> dict[str, CrmStandIn]:
    """Their credentials are those Airtight was given; without one nobody is let in, and the page works all the same."""
    now = timezone.now()
    salesforce = SalesforceStandIn(
        _book(folder, at=now),
        client_id=settings.SALESFORCE_CLIENT_ID or secrets.token_hex(),
        client_secret=settings.SALESFORCE_CLIENT_SECRET or secrets.token_hex(),
        base_url=f"{url}/salesforce",
    )
    hubspot = HubSpotStandIn(_book(folder, at=now), token=settings.HUBSPOT_ACCESS_TOKEN or secrets.token_hex())
    return {one.name: one for one in (salesforce, hubspot)}


def _book(folder: Path | None, *, at: datetime) -> Book:
    book = Book()
    if folder is not None:
        load_export(book, folder, at=at)
    else:
        made_up(book, at=at, people=PEOPLE, companies=IN_THE_CRM)
    # A stand-in forgets all when it ends, Airtight does not: no id that it knows may come to be somebody else's.
    book.go_on_from(int(at.timestamp()))
    return book


def _end(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
