"""The pages' assets, collected again only when they may have changed."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from revops.starter.checkout import Checkout
from revops.starter.say import CannotStart, tail
from revops.starter.signals import beside


@contextmanager
def collecting(checkout: Checkout, variables: Mapping[str, str]) -> Iterator[None]:
    """Collects them, where need be, while the block runs; they are there at its end."""
    stamp, wanted = checkout.private / "static-stamp", _wanted(checkout)
    if _says(stamp) == wanted and (checkout.private / "static" / "staticfiles.json").exists():
        yield
        return
    stamp.unlink(missing_ok=True)  # until all is done nothing is vouched for
    command: Sequence[str | Path] = [checkout.python, "manage.py", "collectstatic", "--noinput"]
    with (
        checkout.log("assets").open("wb") as log,
        beside(command, cwd=checkout.root, env=variables, log=log) as child,
    ):
        yield
        code = child.wait()
    if code != 0:
        raise CannotStart(f"`manage.py collectstatic` failed:\n{tail(checkout.log('assets'))}")
    stamp.write_text(wanted)


def _wanted(checkout: Checkout) -> str:
    """A hash over all that the assets are made from: our own files, the installed packages, the settings."""
    root = checkout.root
    own = sorted(path for folder in (root / "static", *root.glob("[!.]*/static")) for path in folder.rglob("*"))
    facts = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in own]
    facts += sorted(str(path) for path in checkout.environment.glob("lib/python*/site-packages/*.dist-info"))
    facts.append((root / "revops" / "settings.py").read_text())
    return hashlib.sha256("\n".join(facts).encode(errors="surrogateescape")).hexdigest()


def _says(stamp: Path) -> str:
    try:
        return stamp.read_text()
    except FileNotFoundError:
        return ""
