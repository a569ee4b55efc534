"""The cards and the dialog as a workspace shows them, for pictures: real leads of the sample day at the stand-in."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

TOKEN = "xoxb-pictures"
DIRECT, POOL, MANAGER, DECIDED = "Ada", "#shark-tank", "#deals-alerts", "#decided"


@contextmanager
def workspace() -> Iterator[Any]:
    """A stand-in that answers while the pictures are taken."""
    from revops.standins.serving import serve
    from revops.standins.slack.app import SlackStandIn
    from revops.standins.slack.clicks import Airtight

    app = SlackStandIn(url="", token=TOKEN, airtight=Airtight("http://127.0.0.1:9", "x"))
    server = serve(app, host="127.0.0.1", port=0)
    app.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    try:
        yield app
    finally:
        server.shutdown()
        server.server_close()


def pages(app: Any, sample: Any) -> dict[str, tuple[str, str, Callable[[Any], None] | None]]:
    """Post every card, and say where each is to be seen."""
    member = app.workspace.user_by_email("ada@airtight.test").id
    channels = _post(app, sample, member)
    named = {DIRECT: "slack-rep", POOL: "slack-shark-tank", MANAGER: "slack-manager", DECIDED: "slack-decided"}
    seen: dict[str, tuple[str, str, Callable[[Any], None] | None]] = {
        name: ("", f"{app.url}/#{channels[title]}", _as(app, member)) for title, name in named.items()
    }
    recycle, wait = _views(sample)
    here = f"{app.url}/#{channels[DIRECT]}"
    return seen | {
        "slack-recycle": ("", here, _dialog(app, member, recycle)),
        "slack-recycle-wait": ("", here, _dialog(app, member, wait)),
    }


def _post(app: Any, sample: Any, member: str) -> dict[str, str]:
    from datetime import timedelta

    from leads.models import Delivery, Lead
    from revops.integrations import slack_blocks as cards
    from revops.integrations.slack import SlackConnection
    from revops.slack.messages import lead_card
    from revops.slack.outcomes import headline

    slack = SlackConnection(f"{app.url}/api/", TOKEN)
    hour, at = timedelta(hours=1), sample.world.now
    held = lead_card(Lead.objects.filter(owner=sample.ada, state="assigned").first(), reader=sample.ada.pk)
    long_named = lead_card(Lead.objects.filter(company__startswith="The Worshipful").first())
    arabic = lead_card(Lead.objects.filter(company__startswith="شركة").first())
    pooled = Lead.objects.filter(state="shark_tank").select_related("territory__team").first()
    posted = Delivery.objects.filter(kind__in=("slack.assigned", "slack.pool")).select_related("event", "lead")
    told = {
        DIRECT: [
            cards.assigned_card(arabic, title="Back again"),
            cards.assigned_card(long_named, title="Open deal"),
            cards.sent_back_card(held, reason="Their sister company is a customer of hers."),
            cards.pricing_visit_card(held, last_owner="", visited_at=at),
            cards.assigned_card(held),
            cards.reminder_card(held, left=timedelta(minutes=15)),
            cards.touch_reminder_card(held, left=timedelta(minutes=30)),
        ],
        POOL: [cards.pool_card(lead_card(pooled), contact=True), cards.pool_card(lead_card(pooled))],
        MANAGER: [
            cards.overdue_card(held, rep="Ada Lovelace", late=timedelta(minutes=3)),
            cards.overdue_card(held, rep="", late=None),
            cards.seen_card(cards.untouched_card(held, rep="Ada Lovelace", waited=hour), by="Mona Petrov"),
            cards.untouched_card(held, rep="Ada Lovelace", waited=hour),
            cards.pool_unclaimed_card(lead_card(pooled), waited=hour),
            cards.passed_on_card(held, what="Overdue", rep="Ada Lovelace", waited=hour / 2),
            cards.passed_on_card(
                held,
                what="Overdue",
                rep="Mona Petrov",
                waited=None,
                passed_by=["Mona Petrov, who would be asked, holds this lead."],
            ),
            cards.revops_card(held, holder="Rita", lapses=3),
        ],
        DECIDED: [
            cards.decided_card(lead_card(card.lead), headline(card))
            for state in ("accepted", "nurture", "converted", "shark_tank")
            if (card := posted.filter(lead__state=state).first())
        ],
    }
    channels = {}
    for title, messages in told.items():
        channel = slack.open_direct_message(member) if title == DIRECT else title
        for number, (text, blocks) in enumerate(messages):
            posted = slack.post_message(channel=channel, text=text, blocks=blocks, dedupe_id=f"{title}{number}")
            channels[title] = posted.channel
    if title := channels.get(POOL):
        slack.post_ephemeral(channel=title, user=member, text="Already taken by Ben Bitdiddle.")
    return channels


def _views(sample: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    from leads.models import Lead
    from revops.integrations.slack_dialog import wait_response
    from revops.slack.dialog import recycle_dialog

    lead = Lead.objects.filter(owner=sample.ada, state="assigned").first()
    return recycle_dialog(lead, sample.ada, seq=lead.seq, at=sample.world.now), wait_response()["view"]


def _as(app: Any, member: str) -> Callable[[Any], None]:
    """With no dialog of the picture before."""

    def choose(page: Any) -> None:
        for dialog in list(app.workspace.dialogs):
            app.workspace.close_dialog(dialog)
        page.wait_for_selector("article")
        page.wait_for_selector("dialog[open]", state="hidden")
        page.select_option("#you", member)

    return choose


def _dialog(app: Any, member: str, view: dict[str, Any]) -> Callable[[Any], None]:
    def show(page: Any) -> None:
        _as(app, member)(page)
        app.workspace.open_dialog(member, view)
        page.wait_for_selector("dialog[open]")

    return show
