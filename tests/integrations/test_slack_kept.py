"""The stand-in's members and posts outlive it: in a file that is whole, small and never in the way."""

import json
from pathlib import Path
from typing import Any

import pytest

from revops.standins.slack import keeping
from revops.standins.slack.app import SlackStandIn
from revops.standins.slack.clicks import Airtight
from revops.standins.slack.keeping import WorkspaceFile
from revops.standins.slack.workspace import Refused, Workspace
from tests.integrations.conftest import SECRET, TOKEN

BUTTON = {
    "type": "button",
    "action_id": "lead_accept",
    "text": {"type": "plain_text", "text": "Accept"},
    "value": "7:x",
}
BLOCKS = [{"type": "actions", "block_id": "lead:7", "elements": [BUTTON]}]


class Running:
    """A stand-in that was started on a file, spoken to without a server."""

    def __init__(self, file: Path | None, *members: str) -> None:
        kept = WorkspaceFile(file) if file else None
        airtight = Airtight("http://127.0.0.1:9", SECRET)
        self.app = SlackStandIn(url="http://x", token=TOKEN, airtight=airtight, members=members, kept=kept)

    def ask(self, path: str, asked: dict[str, Any] | None = None) -> dict[str, Any]:
        body = json.dumps(asked).encode() if asked else b""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST" if asked else "GET",
            "PATH_INFO": path,
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_AUTHORIZATION": f"Bearer {TOKEN}",
            "wsgi.input": Body(body),
        }
        answer: dict[str, Any] = json.loads(b"".join(self.app(environ, lambda *head: lambda data: None)))
        return answer

    def post(self, channel: str, text: str) -> dict[str, Any]:
        return self.ask("/api/chat.postMessage", {"channel": channel, "text": text, "blocks": BLOCKS})

    def seen(self) -> list[tuple[str, list[str]]]:
        return [(one["title"], [each["text"] for each in one["messages"]]) for one in self.ask("/__state")["channels"]]

    def names(self) -> list[str]:
        return [one["name"] for one in self.ask("/__state")["users"]]


class Body:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def read(self, size: int) -> bytes:
        return self.body[:size]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "slack.json"


def member(slack: Running, email: str) -> str:
    return str(slack.ask("/__member", {"email": email})["id"])


def test_after_a_second_start_people_posts_and_buttons_are_there(file: Path) -> None:
    before = Running(file)
    ada = member(before, "ada.lovelace@example.com")
    direct = before.post(ada, "A lead for you")
    before.post("#leads", "A lead for all")
    state = before.ask("/__state")
    again = Running(file)
    assert again.seen() == [("leads", ["A lead for all"]), ("Ada Lovelace", ["A lead for you"])]
    assert again.ask("/__state") == {**state, "revision": again.app.workspace.revision}
    pressed = {"channel": direct["channel"], "ts": direct["ts"], "action_id": "lead_accept", "user": ada}
    assert "Airtight" in again.ask("/__click", pressed)["trouble"]  # nobody is at its address here
    moved = {"channel": direct["channel"], "ts": direct["ts"], "text": "Accepted"}
    assert again.ask("/api/chat.update", moved)["ok"]
    assert again.post("leads", "The next")["ts"] > direct["ts"]
    assert Running(file).seen() == [("leads", ["A lead for all", "The next"]), ("Ada Lovelace", ["Accepted"])]


def test_the_members_it_was_started_with_are_known_by_name_without_a_file() -> None:
    known = member(Running(None), "ines@example.com")
    slack = Running(None, "ines@example.com")
    slack.post(known, "A lead for you")
    assert slack.seen() == [("Ines", ["A lead for you"])]
    assert slack.names() == ["Ines"]


@pytest.mark.parametrize("path", ["/api/chat.update", "/__click", "/api/conversations.history"])
def test_what_is_asked_of_a_forgotten_channel_makes_no_new_one(path: str) -> None:
    slack = Running(None, "ines@example.com")
    asked = {"channel": "C2E82207F1A", "ts": "1.000001", "text": "x", "action_id": "lead_accept"}
    slack.ask(path, asked)
    assert slack.seen() == []
    with pytest.raises(Refused, match="message_not_found"):
        slack.app.workspace.conversation("C2E82207F1A").message("1.000001")


def good() -> dict[str, Any]:
    workspace = Workspace()
    user = workspace.user_by_email("ada@example.com")
    workspace.add(workspace.direct_message(user.id), text="x", blocks=[])
    return keeping._told(workspace)


def spoilt(*path: Any, value: Any) -> str:
    said: Any = good()
    at = said
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return json.dumps(said)


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"users": [',
        "[]",
        "{}",
        "[" * 100_000,
        spoilt("users", 0, "name", value=7),
        spoilt("users", 0, "more", value="x"),
        spoilt("users", value=None),
        spoilt("channels", 0, "messages", 0, "ts", value="soon"),
        spoilt("channels", 0, "messages", 0, "blocks", value="x"),
        spoilt("channels", 0, "messages", 0, "metadata", value=[]),
        spoilt("channels", 0, "messages", 0, "more", value=1),
        spoilt("channels", 0, "owner", value=None),
        spoilt("channels", 0, "owner", value="Ada"),
    ],
)
def test_a_broken_file_is_left_out_said_so_and_written_anew(
    file: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    file.write_text(text)
    slack = Running(file)
    assert slack.seen() == []
    assert "slack.json is left out" in caplog.text
    slack.post("leads", "A lead")
    assert Running(file).seen() == [("leads", ["A lead"])]


def test_the_good_one_is_read(file: Path) -> None:
    file.write_text(json.dumps(good()))
    assert Running(file).seen() == [("Ada", ["x"])]


def test_a_file_that_is_too_large_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(json.dumps(good()))
    monkeypatch.setattr(keeping, "LARGEST_FILE", 10)
    assert Running(file).seen() == []


def test_only_the_newest_posts_and_members_are_kept(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_MESSAGES", 3)
    monkeypatch.setattr(keeping, "MOST_OTHERS", 2)
    slack = Running(file)
    for number in range(4):
        slack.post("old" if number < 2 else "new", str(number))
        member(slack, f"rep{number}@example.com")
    again = Running(file)
    assert again.seen() == [("new", ["2", "3"]), ("old", ["1"])]
    assert again.names() == ["Rep2", "Rep3"]


def test_it_is_whole_or_the_old_one_and_for_its_owner_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slack = Running(file)
    slack.post("leads", "A lead")
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]

    def full(path: Path, text: str) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    assert slack.post("leads", "Another")["ok"]
    assert Running(file).seen() == [("leads", ["A lead"])]


def test_what_changed_nothing_is_not_written(file: Path) -> None:
    slack = Running(file)
    slack.post("leads", "A lead")
    file.unlink()
    slack.ask("/__state")
    assert not file.exists()
