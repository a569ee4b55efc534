"""A stand-in's page: the files of one folder, in a browser that runs nothing else."""

from pathlib import Path

from revops.standins.web import Reply

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Page:
    def __init__(self, folder: Path) -> None:
        files = {f"/{path.name}": path for path in folder.iterdir() if path.suffix in TYPES}
        self._files = {**files, "/": folder / "index.html"}

    def file(self, path: str) -> Reply | None:
        """What is at this path; None when it is no file of the page."""
        found = self._files.get(path)
        if found is None:
            return None
        headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
        return Reply(body=found.read_bytes(), content_type=TYPES[found.suffix], headers=headers)
