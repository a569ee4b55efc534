"""The demo's webhooks, and a private file for each with its address and secret, which the database does not keep."""

import secrets
from base64 import b64encode
from pathlib import Path

from revops.models import HookSource, digest
from revops.sealing import Unreadable, seal, unseal

# Name and kind -> its rules: call, event, kind of signal, points; without a kind it makes a lead.
HOOKS: dict[tuple[str, str], tuple[tuple[str, str, str, int], ...]] = {
    ("website_events", HookSource.Kind.SEGMENT): (
        ("page", "/pricing*", "pricing_visit", 15),
        ("page", "/docs/*", "docs_read", 5),
        ("page", "*", "page_view", 2),
        ("track", "Trial Started", "trial_started", 40),
        ("track", "Form Submitted", "", 0),
    ),
    ("webinars", HookSource.Kind.STANDARD): (
        ("", "webinar.attended", "webinar_attended", 20),
        ("", "webinar.registered", "", 0),
    ),
}


def load(folder: Path, mark: str) -> None:
    """Make those that are missing, and their files `demo-hook-KIND-MARK` in `folder`; docs/webhooks.md uses them."""
    for (name, kind), rules in HOOKS.items():
        path = folder / f"demo-hook-{kind}-{mark}"
        source = HookSource.objects.filter(name=name).first() or HookSource(name=name, kind=kind)
        if source.pk is None or not _opens(source, path):
            _give_keys(source, path)
        if not source.rules.exists():
            for position, (call, event, signal, points) in enumerate(rules, start=1):
                does = "signal" if signal else "lead"
                source.rules.create(position=position, call=call, name=event, does=does, kind=signal, points=points)


def _opens(source: HookSource, path: Path) -> bool:
    said = path.read_text() if path.exists() else ""
    try:
        secret = unseal(source.secret)
    except Unreadable:
        return False
    tokens = [line.removeprefix("TOKEN=") for line in said.splitlines() if line.startswith("TOKEN=")]
    return f"SECRET={secret}" in said.splitlines() and source.token_hash in map(digest, tokens)


def _give_keys(source: HookSource, path: Path) -> None:
    token, key = secrets.token_urlsafe(32), secrets.token_bytes(32)
    secret = f"whsec_{b64encode(key).decode()}" if source.kind == HookSource.Kind.STANDARD else key.hex()
    source.token_hash, source.secret = digest(token), seal(secret)
    source.save()
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(f"TOKEN={token}\nSECRET={secret}\n")
