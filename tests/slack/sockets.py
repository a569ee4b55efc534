"""A stand-in for the end of Slack's that Socket Mode talks to: it gives out a socket's address, and speaks over it.

https://datatracker.ietf.org/doc/html/rfc6455
"""

import base64
import hashlib
import json
import socketserver
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Queue
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from revops.standins.serving import StandInServer, serve
from revops.standins.web import Request, json_reply

APP_TOKEN = "xapp-1-the-token-of-tests"
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
PATIENCE = 10.0


@dataclass
class SocketStandIn:
    """`connected` gets every socket that is opened, `answers` all that is said over them; `refuse` an error to give."""

    connected: "Queue[Wire]" = field(default_factory=Queue)
    answers: "Queue[dict[str, Any]]" = field(default_factory=Queue)
    refuse: str = ""
    address: str = ""
    wires: "list[Wire]" = field(default_factory=list)

    def __post_init__(self) -> None:
        answers, connected, wires = self.answers, self.connected, self.wires

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                wires.append(Wire(self.request, answers))
                wires[-1].speak(connected)

        self._sockets = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._sockets.daemon_threads = True
        self.http: StandInServer = serve(self._api, host="127.0.0.1", port=0)
        self.address = f"ws://127.0.0.1:{self._sockets.server_address[1]}/link/?ticket=t"
        self._threads = [
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            for server in (self._sockets, self.http)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/api/"

    def close(self) -> None:
        for server in (self._sockets, self.http):
            server.shutdown()
            server.server_close()

    def _api(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        request = Request.read(environ)
        error = self.refuse or ("" if request.authorization == f"Bearer {APP_TOKEN}" else "invalid_auth")
        said = {"ok": False, "error": error} if error else {"ok": True, "url": self.address}
        return json_reply(said).send(start_response)


class Wire:
    """One socket, after its handshake."""

    def __init__(self, sock: Any, answers: "Queue[dict[str, Any]]") -> None:
        self._sock, self._answers = sock, answers

    def speak(self, connected: "Queue[Wire]") -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._sock.recv(1)
        lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
        digest = hashlib.sha1((lines["Sec-WebSocket-Key"] + GUID).encode()).digest()
        accept = base64.b64encode(digest).decode()
        self._sock.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        self.send({"type": "hello", "num_connections": 1})
        connected.put(self)
        while (frame := self._read()) is not None:
            opcode, data = frame
            if opcode == PING:
                self._frame(PONG, data)
            elif opcode == TEXT:
                self._answers.put(json.loads(data))

    def send(self, message: object) -> None:
        self._frame(TEXT, json.dumps(message).encode())

    def drop(self) -> None:
        """Gone, with a word of it."""
        with suppress(OSError):
            self._frame(CLOSE, struct.pack("!H", 1001))

    def _frame(self, opcode: int, data: bytes) -> None:
        size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack("!H", len(data))
        self._sock.sendall(bytes([0x80 | opcode]) + size + data)

    def _read(self) -> tuple[int, bytes] | None:
        """A frame of the client's, which is masked."""
        head = self._exactly(2)
        if head is None or head[0] & 0x0F == CLOSE:
            return None
        size = head[1] & 0x7F
        if size == 126:
            size = struct.unpack("!H", self._exactly(2) or b"\0\0")[0]
        mask, data = self._exactly(4) or b"\0" * 4, self._exactly(size) or b""
        return head[0] & 0x0F, bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))

    def _exactly(self, count: int) -> bytes | None:
        data = b""
        while len(data) < count:
            try:
                piece = self._sock.recv(count - len(data))
            except OSError:
                return None
            if not piece:
                return None
            data += piece
        return data
