"""Receivers of letters, real ones on loopback: a web server and a mail server that do as they are told."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """A request as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class WebReceiver:
    """Answers with ``status`` and ``answer`` after ``delay_s``; with ``hangs_up`` it takes the request and closes."""

    port: int = 0
    status: int = 200
    answer: bytes = b"{}"
    delay_s: float = 0.0
    hangs_up: bool = False
    received: list[Received] = field(default_factory=list)

    def ids(self) -> list[str]:
        """Of all letters that came, in order; repeats too."""
        return [letter["id"] for request in self.received for letter in request.json["letters"]]


@contextmanager
def web_receiver(**told: Any) -> Iterator[WebReceiver]:
    """A web server that keeps what is posted to it."""
    receiver = WebReceiver(**told)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if len(body) != int(self.headers["Content-Length"]):
                return  # its sender died: there is no message
            receiver.received.append(Received(dict(self.headers), body))
            time.sleep(receiver.delay_s)
            if receiver.hangs_up:
                self.close_connection = True
                return
            self.send_response(receiver.status)
            self.send_header("Content-Length", str(len(receiver.answer)))
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A sender that was killed is none of the server's faults."""

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        with _served(server):
            yield receiver


@dataclass
class MailReceiver:
    """Takes mail; with ``refuses`` it takes none, with ``hangs_up`` it takes a message and closes without an answer."""

    port: int = 0
    refuses: bool = False
    hangs_up: bool = False
    received: list[EmailMessage] = field(default_factory=list)


@contextmanager
def mail_receiver(**told: Any) -> Iterator[MailReceiver]:
    """A mail server that keeps what is sent to it: as much of SMTP as a client needs."""
    receiver = MailReceiver(**told)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline():
                verb = line[:4].upper().strip()
                if verb == b"DATA":
                    if not self.take():
                        return
                elif verb == b"RCPT" and receiver.refuses:
                    self.say("550 nobody here")
                elif verb == b"QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def take(self) -> bool:
            self.say("354 go on")
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line[1:] if line.startswith(b"..") else line)
            message = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(message, EmailMessage)
            receiver.received.append(message)
            if receiver.hangs_up:
                return False
            self.say("250 taken")
            return True

        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        with _served(server):
            yield receiver


@contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def nobody() -> Iterator[int]:
    """A port that nobody listens on."""
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
        port = int(server.server_address[1])
    yield port
