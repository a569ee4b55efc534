"""The stand-in as a WSGI application: Slack's side of the wire, the controls of tests, and the page for people.

POST /api/<method>        the Web API          POST /actions/<token>   a response_url
POST /__control           the next faults      GET  /__requests        what was asked, oldest first
POST /services/<path>     an incoming webhook
GET  /                    the page             /__state /__click /__submit /__close /__member   its own calls
"""

import hmac
import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from revops.standins.faults import Fault, Faults, UnknownFault
from revops.standins.page import Page
from revops.standins.slack.clicks import Airtight, Heard, click, submission
from revops.standins.slack.keeping import WorkspaceFile
from revops.standins.slack.methods import FORM_ONLY, METHODS, content, rewrite
from revops.standins.slack.rules import view_breaches
from revops.standins.slack.workspace import Channel, Dialog, Message, Refused, Workspace
from revops.standins.web import Reply, Request, json_reply

PAGE = Page(Path(__file__).parent / "page")
SCOPES = "chat:write,chat:write.public,im:write,users:read,users:read.email,channels:read,channels:history,im:history"
MOST_REQUESTS = 1000


class SlackStandIn:
    """`url` is this stand-in's own address, `airtight` where its buttons lead, `token` the bot token it expects,
    `members` the addresses of those it knows from the start, `kept` where it remembers what was posted."""

    def __init__(
        self,
        *,
        url: str,
        token: str,
        airtight: Airtight,
        members: Iterable[str] = (),
        kept: WorkspaceFile | None = None,
    ) -> None:
        self.url = url
        self.airtight = airtight
        self.workspace = Workspace()
        self._kept = kept
        self._token = token
        self._faults = Faults()
        self._requests: deque[dict[str, Any]] = deque(maxlen=MOST_REQUESTS)
        self._lock = threading.RLock()  # never held while anything waits: no fault, no call to Airtight
        self._calls: dict[str, Callable[[Mapping[str, Any]], Reply]] = {
            "/__control": self._control,
            "/__click": self._click,
            "/__submit": self._submit,
            "/__close": self._close,
            "/__member": self._member,
        }
        if kept:
            kept.load(self.workspace)
        for email in members:
            self.workspace.user_by_email(email)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request.read(environ)
        reply = self._answer(request)
        if self._kept:
            with self._lock:
                self._kept.keep(self.workspace)
        return reply.send(start_response)

    def _answer(self, request: Request) -> Reply:
        if request.path.startswith(("/api/", "/actions/")):
            return self._as_slack(request)
        if request.path.startswith("/services/"):
            return self._incoming(request)
        if request.method == "POST" and request.path in self._calls:
            return self._own_call(request)
        if request.method in {"GET", "HEAD"}:
            return self._look(request)
        return json_reply({"error": "no such page"}, status=404)

    def _look(self, request: Request) -> Reply:
        if (file := PAGE.file(request.path)) is not None:
            return file
        with self._lock:
            if request.path == "/__requests":
                return json_reply({"requests": list(self._requests)})
            if request.path == "/__state":
                seen = request.query.get("seen") == str(self.workspace.revision)
                return Reply(status=204) if seen else json_reply(state(self.workspace))
        return json_reply({"error": "no such page"}, status=404)

    def _own_call(self, request: Request) -> Reply:
        """Only as JSON, which another site's page cannot send here without asking first."""
        asked = request.json() if request.is_json else None
        if asked is None:
            return json_reply({"error": "send a JSON object as application/json"}, status=400)
        try:
            return self._calls[request.path](asked)
        except Refused as refusal:
            return json_reply({"error": refusal.code}, status=409)
        except UnknownFault as unknown:
            return json_reply({"error": str(unknown)}, status=400)

    def _as_slack(self, request: Request) -> Reply:
        method = request.path.removeprefix("/api/")
        with self._lock:
            fault = self._faults.take(method)
            self._requests.append(_noted(request))
            reply = self._carry_out(method, request, fault)
        return fault.spoil(reply) if fault else reply

    def _incoming(self, request: Request) -> Reply:
        """An incoming webhook, for #incoming: it answers in words."""
        with self._lock:
            fault = self._faults.take("webhook")
            self._requests.append(_noted(request))
            if fault and fault.error:
                return Reply(status=404, body=fault.error.encode(), content_type="text/plain")
            try:
                text, blocks = content(request.json() or {})
            except Refused:
                return Reply(status=400, body=b"invalid_payload", content_type="text/plain")
            if not fault or fault.effect:
                self.workspace.add(self.workspace.channel("incoming"), text=text, blocks=blocks)
        reply = Reply(body=b"ok", content_type="text/plain")
        return fault.spoil(reply) if fault else reply

    def _carry_out(self, method: str, request: Request, fault: Fault | None) -> Reply:
        if fault and not fault.effect:
            return json_reply({"ok": False, "error": "service_unavailable"})
        try:
            if request.path.startswith("/actions/"):
                return self._respond(request)
            said = self._call(method, request)
        except Refused as refusal:
            metadata = {"response_metadata": {"messages": list(refusal.messages)}} if refusal.messages else {}
            return json_reply({"ok": False, "error": refusal.code, **metadata})
        return json_reply({"ok": True, **said}, headers={"X-OAuth-Scopes": SCOPES})

    def _call(self, method: str, request: Request) -> dict[str, Any]:
        self._admit(request.authorization)
        if method not in METHODS:
            raise Refused("unknown_method")
        if request.is_json and method in FORM_ONLY:
            raise Refused("invalid_arguments", "this method takes no JSON")
        with_json = request.is_json and request.body  # Slack takes an empty body for JSON, and so does its SDK
        asked = request.json() if with_json else {**request.query, **request.form()}
        if asked is None:
            raise Refused("invalid_json")
        return METHODS[method](self.workspace, asked)

    def _admit(self, authorization: str) -> None:
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer" or not token:
            raise Refused("not_authed")
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            raise Refused("invalid_auth")

    def _respond(self, request: Request) -> Reply:
        """A response_url: replace or delete the clicked message, or say something to the clicker."""
        asked = request.json()
        if asked is None:
            raise Refused("invalid_json")
        pressed = self.workspace.use_response(request.path.removeprefix("/actions/"))
        channel = self.workspace.conversation(pressed.channel)
        if asked.get("delete_original") is True:
            channel.messages.remove(channel.message(pressed.ts))
            self.workspace.changed()
            return json_reply({"ok": True})
        text, blocks = content(asked)
        if asked.get("replace_original") is True:
            rewrite(self.workspace, channel.message(pressed.ts), text, blocks)
        else:
            hidden = asked.get("response_type", "ephemeral") != "in_channel"
            self.workspace.add(channel, text=text, blocks=blocks, only_for=pressed.user if hidden else "")
        return json_reply({"ok": True})

    def _control(self, asked: Mapping[str, Any]) -> Reply:
        with self._lock:
            if asked.get("clear") is True:
                self.workspace.clear()
                self._requests.clear()
                self._faults.clear()
            self._faults.add(asked.get("next", []))
        return json_reply({"ok": True})

    def _click(self, asked: Mapping[str, Any]) -> Reply:
        with self._lock:
            payload = click(self.workspace, asked, url=self.url)
        heard = self.airtight.tell(payload)
        return json_reply({"trouble": heard.trouble})

    def _submit(self, asked: Mapping[str, Any]) -> Reply:
        with self._lock:
            dialog = self.workspace.dialogs.get(str(asked.get("view")))
            if dialog is None:
                raise Refused("the dialog is closed")
            payload = submission(self.workspace, dialog, asked)
        heard = self.airtight.tell(payload)
        errors = _field_errors(heard)
        if heard.said.get("response_action") == "update":
            return self._show_instead(dialog, heard.said.get("view"))
        if not heard.trouble and not errors:
            self._close(asked)
        return json_reply({"trouble": heard.trouble, "errors": errors})

    def _show_instead(self, dialog: Dialog, view: object) -> Reply:
        found = view_breaches(view) if isinstance(view, dict) else ["no view"]
        if not isinstance(view, dict) or found:
            return json_reply({"trouble": f"Airtight answered a view that Slack refuses: {found}", "errors": {}})
        with self._lock:
            self.workspace.show_instead(dialog, view)
        return json_reply({"trouble": "", "errors": {}})

    def _close(self, asked: Mapping[str, Any]) -> Reply:
        with self._lock:
            self.workspace.close_dialog(str(asked.get("view")))
        return json_reply({"ok": True})

    def _member(self, asked: Mapping[str, Any]) -> Reply:
        """Somebody whom Airtight has not asked about yet, to press buttons as."""
        with self._lock:
            return json_reply({"id": self.workspace.user_by_email(str(asked.get("email"))).id})


def state(workspace: Workspace) -> dict[str, Any]:
    """Everything the page shows."""
    return {
        "revision": workspace.revision,
        "users": [{"id": user.id, "name": user.name, "email": user.email} for user in workspace.users.values()],
        "channels": [_shown(workspace, channel) for channel in workspace.visible()],
        "dialogs": [
            {"id": dialog.id, "user": dialog.user, "view": dialog.view, "edits": dialog.edits}
            for dialog in workspace.dialogs.values()
        ],
    }


def _shown(workspace: Workspace, channel: Channel) -> dict[str, Any]:
    messages = [_seen(message) for message in channel.messages]
    return {"id": channel.id, "title": workspace.title(channel), "owner": channel.owner, "messages": messages}


def _seen(message: Message) -> dict[str, Any]:
    return {
        "ts": message.ts,
        "text": message.text,
        "blocks": message.blocks,
        "thread": message.thread_ts,
        "only_for": message.only_for,
        "edited": message.edited,
    }


def _field_errors(heard: Heard) -> dict[str, str]:
    errors = heard.said.get("errors") if heard.said.get("response_action") == "errors" else None
    return {str(block): str(message) for block, message in errors.items()} if isinstance(errors, dict) else {}


def _noted(request: Request) -> dict[str, Any]:
    """A request as tests read it; the token itself is not kept."""
    body = request.json() if request.is_json else request.form()
    return {
        "path": request.path,
        "content_type": request.content_type,
        "authorized": request.authorization.startswith("Bearer "),
        "asked": body if body is not None else json.dumps(request.body.decode("utf-8", "replace")),
    }
