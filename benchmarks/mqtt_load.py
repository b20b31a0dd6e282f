"""A load of MQTT messages, QoS 1, as cheap as can be: packets encoded beforehand, windows of them on plain sockets.

In a process of its own: ``python -m benchmarks.mqtt_load HOST PORT USER PASSWORD MESSAGES POSITIONS FIRST_S``. Prints
"ready" when all is encoded, starts at a line on its input, ends at the last PUBACK. Every position is a new one;
trackers report in turn.
"""

from __future__ import annotations

import json
import selectors
import socket
import struct
import sys

TRACKERS = 403
_CONNECTIONS = 8
_WINDOW = 200
_PUBACK_BYTES = 4


def tracker(number: int) -> str:
    """The code of a tracker."""
    return f"B{number:05}"


Window = tuple[bytes, int]
"""Many PUBLISH packets in one piece, and the bytes of their PUBACKs."""


def encoded(messages: int, positions: int, first_s: int) -> list[list[Window]]:
    """For each connection the windows that it sends."""
    by_connection: list[list[bytes]] = [[] for _ in range(_CONNECTIONS)]
    for number in range(messages):
        turn, car = divmod(number, TRACKERS)
        told = [_position(first_s + turn * positions + place, car) for place in range(positions)]
        payload = json.dumps(told[0] if positions == 1 else told, separators=(",", ":")).encode()
        topic = f"v1/{tracker(car)}/position".encode()
        mine = by_connection[car % _CONNECTIONS]
        packet_id = len(mine) % _WINDOW + 1
        body = struct.pack("!H", len(topic)) + topic + struct.pack("!H", packet_id) + payload
        mine.append(b"\x32" + _length(len(body)) + body)
    return [
        [(b"".join(window), len(window) * _PUBACK_BYTES) for window in _batched(packets)] for packets in by_connection
    ]


def _batched(packets: list[bytes]) -> list[list[bytes]]:
    return [packets[at : at + _WINDOW] for at in range(0, len(packets), _WINDOW)]


def _position(ts_s: int, car: int) -> dict[str, object]:
    return {
        "ts": ts_s,
        "lon": round(118.3 + car * 1e-4 + ts_s % 1000 * 1e-5, 7),
        "lat": round(33.9 + ts_s % 777 * 1e-5, 7),
        "speed_kmh": 43.2,
        "heading_deg": 181.5,
        "satellites": 14,
        "odometer_km": 12345.6,
        "ignition": True,
    }


def _length(number: int) -> bytes:
    encoded = bytearray()
    while True:
        number, low = divmod(number, 128)
        encoded.append(low | (128 if number else 0))
        if not number:
            return bytes(encoded)


def _text(text: str) -> bytes:
    return struct.pack("!H", len(text)) + text.encode()


def connect(host: str, port: int, username: str, password: str, client_id: str) -> socket.socket:
    """A socket signed in to the broker."""
    body = _text("MQTT") + b"\x04\xc2\x00\x00" + _text(client_id) + _text(username) + _text(password)
    sock = socket.create_connection((host, port))
    sock.sendall(b"\x10" + _length(len(body)) + body)
    if sock.recv(4) != b"\x20\x02\x00\x00":
        raise ConnectionError("the broker refused the load's sign-in")
    return sock


def send(sockets: list[socket.socket], windows: list[list[Window]]) -> None:
    """Sends a connection's next window when its last one is acknowledged; returns at the last PUBACK."""
    selector = selectors.DefaultSelector()
    ahead = [iter(each) for each in windows]
    owed = [0] * len(sockets)

    def send_next(place: int) -> None:
        window = next(ahead[place], None)
        if window is not None:
            packets, owed[place] = window
            sockets[place].sendall(packets)

    for place, sock in enumerate(sockets):
        selector.register(sock, selectors.EVENT_READ, place)
        send_next(place)
    while any(owed):
        for key, _ in selector.select():
            place = key.data
            received = sockets[place].recv(65_536)
            if not received:
                raise ConnectionError("the broker closed the connection")
            owed[place] -= len(received)
            if owed[place] == 0:
                send_next(place)


def main() -> None:
    host, port, username, password, messages, positions, first_s = sys.argv[1:]
    windows = encoded(int(messages), int(positions), int(first_s))
    sockets = [connect(host, int(port), username, password, f"load-{place}") for place in range(len(windows))]
    print("ready", flush=True)
    sys.stdin.readline()
    send(sockets, windows)


if __name__ == "__main__":
    main()
