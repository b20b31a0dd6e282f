"""Whether a broker lets somebody in: a few octets of MQTT, without a client library, which starts sooner."""

from __future__ import annotations

import socket
import ssl

from gongche.embedded.nats_config import HOST


def reached(listen_on: str) -> str:
    """Where this machine finds what listens on an address."""
    return HOST if listen_on in {"0.0.0.0", "::"} else listen_on


def lets_in(host: str, port: int, username: str, password: str, *, tls: bool = False) -> bool:
    """Whether the server there takes an MQTT client with our password, which only our own server does."""
    words = b"".join(_prefixed(word) for word in ("gongche-start", username, password))
    variable = _prefixed("MQTT") + bytes([4, 0xC2, 0, 10])  # 3.1.1; user, password, clean session; keepalive 10 s
    body = variable + words
    try:
        with socket.create_connection((host, port), timeout=1) as plain, _spoken_over(plain, tls=tls) as probe:
            probe.sendall(bytes([0x10, len(body)]) + body)
            return probe.recv(4) == bytes([0x20, 2, 0, 0])
    except OSError:
        return False


def _spoken_over(plain: socket.socket, *, tls: bool) -> socket.socket:
    if not tls:
        return plain
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it has the name that trackers know it by
    return context.wrap_socket(plain)


def _prefixed(word: str) -> bytes:
    return len(word).to_bytes(2, "big") + word.encode()
