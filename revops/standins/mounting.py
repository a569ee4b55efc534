"""Several stand-ins behind one port: each under its name, one at the root."""

from collections.abc import Iterable, Mapping
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import shift_path_info


class Mounted:
    def __init__(self, root: WSGIApplication, mounts: Mapping[str, WSGIApplication]) -> None:
        self._root = root
        self._mounts = mounts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name = environ.get("PATH_INFO", "").split("/")[1:2]
        app = self._mounts.get(name[0]) if name else None
        if app is None:
            return self._root(environ, start_response)
        shift_path_info(environ)
        return app(environ, start_response)
