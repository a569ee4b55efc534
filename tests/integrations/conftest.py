"""A stand-in for Slack on a free port, and the connection that talks to it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

import pytest

from revops.integrations.slack import SlackConnection
from revops.standins.serving import serve
from revops.standins.slack.app import SlackStandIn
from revops.standins.slack.clicks import Airtight

TOKEN = "xoxb-the-token-of-tests"
SECRET = "the-signing-secret-of-tests"


@dataclass
class Slack:
    """The running stand-in, as a test steers it."""

    url: str
    app: SlackStandIn

    def fail(self, *faults: dict[str, Any]) -> None:
        self.post("/__control", {"next": list(faults)})

    def requests(self) -> list[dict[str, Any]]:
        return self.get("/__requests")["requests"]

    def get(self, path: str) -> dict[str, Any]:
        with urlopen(self.url + path, timeout=5) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        with urlopen(Request(self.url + path, json.dumps(body).encode(), headers), timeout=10) as answer:
            return json.load(answer)

    def messages(self, title: str) -> list[dict[str, Any]]:
        channels = self.get("/__state")["channels"]
        return next((channel["messages"] for channel in channels if channel["title"] == title), [])


@pytest.fixture
def slack() -> Iterator[Slack]:
    app = SlackStandIn(url="", token=TOKEN, airtight=Airtight("http://127.0.0.1:9", SECRET))
    server = serve(app, host="127.0.0.1", port=0)
    app.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield Slack(app.url, app)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def connection(slack: Slack) -> SlackConnection:
    return SlackConnection(base_url=f"{slack.url}/api/", token=TOKEN, timeout=2.0)


@pytest.fixture
def hasty(slack: Slack) -> SlackConnection:
    """A connection that gives up soon."""
    return SlackConnection(base_url=f"{slack.url}/api/", token=TOKEN, timeout=0.6)
