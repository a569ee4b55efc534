"""Serving a stand-in: threads, no name lookups, this machine only."""

import socketserver
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import WSGIApplication

from revops.integrations.addresses import is_loopback


class NotThisMachine(Exception):
    """A stand-in has no doors that lock, so it listens on the loopback interface alone."""


class StandInServer(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True  # a reply that hangs on purpose must not hold the end

    def server_bind(self) -> None:
        # HTTPServer's own asks the name service for this machine's name, which takes seconds without a network.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Requests are told by /__requests, not on the terminal that other processes share."""


def serve(app: WSGIApplication, *, host: str, port: int) -> StandInServer:
    """A server that listens already; `serve_forever` answers. Port 0 picks a free one."""
    if not is_loopback(host):
        raise NotThisMachine(f"{host} is not an address of this machine alone, such as 127.0.0.1")
    server = StandInServer((host, port), _Quiet)
    server.set_app(app)
    return server
