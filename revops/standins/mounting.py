"""Several stand-ins behind one port: each under its name, one at the root."""

from collections.abc import Iterable, Mapping
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import shift_path_info

from revops.standins.web import Reply


class Mounted:
    def __init__(self, root: WSGIApplication, mounts: Mapping[str, WSGIApplication]) -> None:
        self._root = root
        self._mounts = mounts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name, slash, _ = environ.get("PATH_INFO", "").removeprefix("/").partition("/")
        app = self._mounts.get(name)
        if app is None:
            return self._root(environ, start_response)
        if not slash:
            return Reply(status=308, headers={"Location": f"/{name}/"}).send(start_response)
        shift_path_info(environ)
        return app(environ, start_response)
