"""Damaged real frames: ``python -m tests.unit.ingest.jt808.fuzz --frames 1000000 --seed 1`` sends a million of them.

Each frame is a real one with one to three damages. Half of them get their check byte (and often their length) put right
again, so that the damage reaches the bodies. They come as a terminal's stream does, in pieces, a hundred to a
connection, which a good frame ends: that one must be read, whatever came before it. What a frame becomes is counted;
anything but a refusal ends the run with the bytes that did it.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.jt808 import terminal as say
from ingest.jt808.bits import alarms_of, status_of
from ingest.jt808.frame import FLAG, FRAME_BYTES_MAX, Deframer, Frame, FrameError, check_of, frame_of, octets_of
from ingest.jt808.items import items_of
from ingest.jt808.location import BodyError, Location, answered_location_of, batch_of, location_of
from ingest.jt808.parts import MESSAGES_MAX, PARTS_MAX, Assembly
from ingest.jt808.payload import payload_of, topic_of, tracker_of
from ingest.message import Received
from ingest.payload import read
from ingest.reasons import UnreadableError

FRAMES = Path(__file__).parents[5] / "shared" / "data" / "jt808" / "frames.jsonl"

PER_CONNECTION = 100
RECEIVED_US = 1_790_913_600_000_000
LAST = Frame(say.HEARTBEAT, "013800138000", 4_711, b"")
_PIECE_BYTES_MAX = 700
_LOCATIONS = frozenset(number.to_bytes(2, "big") for number in (say.LOCATION, say.LOCATION_ANSWER, say.LOCATION_BATCH))
"""Messages that are sent more often than the file has them: what they say goes furthest."""
_UNDERSTOOD = frozenset(
    {say.REGISTER, say.AUTHENTICATE, say.HEARTBEAT, say.LOG_OUT, say.GENERAL_ANSWER, say.REGISTER_ANSWER}
)

Damage = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def flip(rng: random.Random, octets: bytes, _: Sequence[bytes]) -> bytes:
    """Some bits turn."""
    damaged = bytearray(octets)
    for _each in range(rng.randint(1, 8)):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def cut(rng: random.Random, octets: bytes, _: Sequence[bytes]) -> bytes:
    """A stretch is gone."""
    start = rng.randrange(len(octets))
    return octets[:start] + octets[start + rng.randint(1, len(octets)) :]


def insert(rng: random.Random, octets: bytes, _: Sequence[bytes]) -> bytes:
    """Other bytes stand in between: few, or more than a frame can hold."""
    place, count = rng.randint(0, len(octets)), rng.choice((1, 2, 30, 1_200, 3 * FRAME_BYTES_MAX))
    return octets[:place] + rng.randbytes(rng.randint(1, count)) + octets[place:]


def splice(rng: random.Random, octets: bytes, all_octets: Sequence[bytes]) -> bytes:
    """The head of one frame goes on as another's tail."""
    other = rng.choice(all_octets)
    return octets[: rng.randint(1, len(octets))] + other[rng.randrange(len(other)) :]


def escape(rng: random.Random, octets: bytes, _: Sequence[bytes]) -> bytes:
    """Flags and halves of escapes where none belong."""
    place = rng.randint(0, len(octets))
    return (
        octets[:place]
        + rng.choice((b"\x7d", b"\x7e", b"\x7d\x01", b"\x7d\x02", b"\x7d\x03", b"\x7d\x7e"))
        + octets[place:]
    )


def lengthen(rng: random.Random, octets: bytes, _: Sequence[bytes]) -> bytes:
    """A length that is not so: in the header, or any two bytes, as batches and items have theirs."""
    place = 2 if rng.random() < 0.5 else rng.randrange(len(octets))
    told = rng.choice((0, 1, 28, 0x3FF, 0x2000, 0x4000, 0x6000, 0x1C00, 0xFFFF, rng.getrandbits(16)))
    return octets[:place] + told.to_bytes(2, "big") + octets[place + 2 :]


def repeat(rng: random.Random, octets: bytes, _: Sequence[bytes]) -> bytes:
    """A stretch comes several times."""
    start = rng.randrange(len(octets))
    end = rng.randint(start + 1, len(octets))
    return octets[:end] + octets[start:end] * rng.choice((1, 2, 50)) + octets[end:]


DAMAGES: tuple[Damage, ...] = (flip, cut, insert, splice, escape, lengthen, repeat)


@dataclass
class Tally:
    """What became of what. ``held_bytes``: the most that a reader kept for a connection between two reads."""

    frames: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    damages: Counter[str] = field(default_factory=Counter)
    held_bytes: int = 0
    slowest_s: float = 0.0


class UnexpectedError(AssertionError):
    """Bytes that ended in something else than a refusal."""


def real_frames(file: Path = FRAMES) -> list[bytes]:
    """The frames of the file, flags included."""
    rows = (json.loads(line) for line in file.read_text("utf-8").splitlines())
    return [octets for octets in (bytes.fromhex(row["hex"]) for row in rows) if octets]


def run(real: Sequence[bytes], frames: int, seed: int) -> Tally:
    """Sends so many damaged frames. Raises UnexpectedError."""
    rng, tally = random.Random(seed), Tally()
    bare = [content for octets in real for content in _contents(octets)]
    bare += 5 * [content for content in bare if content[:2] in _LOCATIONS]
    while tally.frames < frames:
        count = min(PER_CONNECTION, frames - tally.frames)
        _connection(rng, [_damaged(rng, real, bare, tally) for _ in range(count)], tally)
    return tally


def _contents(octets: bytes) -> Iterator[bytes]:
    """What stands between flags, without escapes and check byte."""
    for content in Deframer().feed(octets):
        if isinstance(content, bytes):
            yield content.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")[:-1] or b"\0"


def _damaged(rng: random.Random, real: Sequence[bytes], bare: Sequence[bytes], tally: Tally) -> bytes:
    """A real frame with one to three damages, as it goes over the line."""
    is_mended = rng.random() < 0.5
    source = bare if is_mended else real
    octets = rng.choice(source)
    for damage in rng.choices(DAMAGES, k=rng.randint(1, 3)):
        octets = damage(rng, octets, source) or b"\0"
        tally.damages[damage.__name__] += 1
    return _mended(rng, octets) if is_mended else octets


def _mended(rng: random.Random, octets: bytes) -> bytes:
    """Framed, with the check byte that it should have; and mostly with the right length."""
    if len(octets) > 4 and rng.random() < 0.8:
        attributes = int.from_bytes(octets[2:4], "big")
        header_bytes = (17 if attributes & 0x4000 else 12) + (4 if attributes & 0x2000 else 0)
        attributes = attributes & ~0x3FF | max(0, len(octets) - header_bytes) & 0x3FF
        octets = octets[:2] + attributes.to_bytes(2, "big") + octets[4:]
    octets += bytes([check_of(octets)])
    return FLAG + octets.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02") + FLAG


def _connection(rng: random.Random, damaged: Sequence[bytes], tally: Tally) -> None:
    """One terminal's stream, read in pieces as the gateway does, up to the good frame at its end."""
    deframer, assembly = Deframer(), Assembly()
    stream = b"".join(damaged) + octets_of(LAST)
    last, at = "", 0
    while at < len(stream):
        piece = stream[at : at + rng.randint(1, _PIECE_BYTES_MAX)]
        at += len(piece)
        began_s = time.perf_counter()
        try:
            for content in deframer.feed(piece):
                last = _become(content, assembly)
                tally.outcomes[last] += 1
        except Exception as error:
            raise UnexpectedError(f"{type(error).__name__}: {error}\n{stream.hex()}") from error
        tally.slowest_s = max(tally.slowest_s, time.perf_counter() - began_s)
        tally.held_bytes = max(tally.held_bytes, _held_bytes(deframer, assembly))
    if last != _heard_as(LAST.message_id):
        raise UnexpectedError(f"the good frame at the end became {last}\n{stream.hex()}")
    tally.frames += len(damaged)


def _held_bytes(deframer: Deframer, assembly: Assembly) -> int:
    parts = [frame for one in assembly._open.values() for frame in one.frames.values()]
    if len(deframer._rest) > FRAME_BYTES_MAX or len(parts) > MESSAGES_MAX * PARTS_MAX:
        raise UnexpectedError(f"{len(deframer._rest)} bytes and {len(parts)} parts are kept")
    return len(deframer._rest) + sum(len(frame.body) for frame in parts)


def _become(content: bytes | FrameError, assembly: Assembly) -> str:
    """What bytes between flags end as."""
    try:
        if isinstance(content, FrameError):
            raise content
        frame = frame_of(content)
    except FrameError as error:
        return f"frame_{error.fault}"
    whole = assembly.add(frame, now_s=0.0)
    if whole is None:
        return "part_kept_or_given_up"
    if whole.message.encryption:
        return "encrypted_body"
    try:
        locations = _heard(whole.message)
    except BodyError as error:
        return f"body_{error.fault}"
    return _taken_in(whole.message, locations) if locations else _heard_as(frame.message_id)


def _heard_as(message_id: int) -> str:
    return f"heard_{message_id:04x}" if message_id in _UNDERSTOOD else "heard_other"


def _heard(frame: Frame) -> Sequence[Location]:
    """Reads the body by what the header says it is; its locations."""
    match frame.message_id:
        case say.REGISTER:
            say.registration_of(frame)
        case say.AUTHENTICATE:
            say.authentication_of(frame)
        case say.GENERAL_ANSWER:
            say.answered_of(frame)
        case say.REGISTER_ANSWER:
            say.registered_of(frame)
        case say.LOCATION:
            return [location_of(frame.body)]
        case say.LOCATION_ANSWER:
            return [answered_location_of(frame.body)[1]]
        case say.LOCATION_BATCH:
            return batch_of(frame.body).locations
    return []


def _taken_in(frame: Frame, locations: Sequence[Location]) -> str:
    """On to ingest: positions, or the reason why not. In words too, as ``gongche terminals decode`` tells them."""
    edition_2019 = frame.version is not None
    for location in locations:
        alarms_of(location.alarm, edition_2019), status_of(location.status, edition_2019), items_of(location.items)
    payload = payload_of(locations, edition_2019=edition_2019)
    try:
        content = read(Received(topic_of(tracker_of(frame.terminal)), payload, RECEIVED_US))
    except UnreadableError as error:
        return f"put_aside_{error.reason}"
    return "positions_some_put_aside" if content.bad else "positions"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.unit.ingest.jt808.fuzz")
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", type=Path, default=FRAMES)
    told = parser.parse_args()
    real = real_frames(told.file)
    warm = run(real, 1_000, told.seed)
    before_kib, began_s = _resident_kib(), time.perf_counter()
    tally = run(real, told.frames, told.seed)
    took_s = time.perf_counter() - began_s
    for name, count in sorted(tally.outcomes.items()):
        print(f"{name}\t{count}")
    print(f"damages\t{', '.join(f'{name} {count}' for name, count in sorted(tally.damages.items()))}")
    print(
        f"{tally.frames} frames after {warm.frames} to warm up, {took_s:.0f} s; longest for one read"
        f" {tally.slowest_s * 1e3:.1f} ms; most kept of one connection {tally.held_bytes} bytes;"
        f" peak of memory before {before_kib} KiB, after {_resident_kib()} KiB"
    )


def _resident_kib() -> int:
    """The most memory that the process has had so far (KiB on Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(main())
