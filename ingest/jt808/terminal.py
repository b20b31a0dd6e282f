"""What terminals say of themselves (0x0100, 0x0102) and what the platform answers (0x8100, 0x8001). Pure.

Bodies: JT/T 808-2011, -2013 and -2019, sections "terminal registration" and "authentication". Text is GBK.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import NamedTuple

from ingest.jt808.frame import Frame
from ingest.jt808.location import BodyError, BodyFault

REGISTER, LOG_OUT, AUTHENTICATE, HEARTBEAT = 0x0100, 0x0003, 0x0102, 0x0002
LOCATION, LOCATION_ANSWER, LOCATION_BATCH = 0x0200, 0x0201, 0x0704
GENERAL_ANSWER, REGISTER_ANSWER = 0x8001, 0x8100

_REGION = Struct(">HH")
_GENERAL = Struct(">HHB")
_REGISTERED = Struct(">HB")


class Result(IntEnum):
    """What a general answer says."""

    DONE = 0
    FAILED = 1
    WRONG = 2
    UNSUPPORTED = 3


class RegistrationResult(IntEnum):
    """What an answer to a registration says."""

    DONE = 0
    VEHICLE_TAKEN = 1
    VEHICLE_UNKNOWN = 2
    TERMINAL_TAKEN = 3
    TERMINAL_UNKNOWN = 4


_RESULTS, _REGISTRATION_RESULTS = frozenset(Result), frozenset(RegistrationResult)


class Registration(NamedTuple):
    """A terminal presents itself."""

    province: int
    city: int
    maker: str
    model: str
    device: str
    plate_colour: int
    plate: str


class Authentication(NamedTuple):
    """A terminal shows the code that it was given. IMEI and software only since 2019."""

    code: str
    imei: str = ""
    software: str = ""


def registration_of(frame: Frame) -> Registration:
    """Raises BodyError. The editions differ in the widths of three texts; 2011 and 2013 are told by the length."""
    body = frame.body
    if frame.version is not None:
        maker, model, device = 11, 30, 30
    else:
        maker, model, device = 5, 20 if len(body) >= 37 else 8, 7
    colour_at = _REGION.size + maker + model + device
    if len(body) <= colour_at:
        raise BodyError(BodyFault.SHORT_BODY, f"{len(body)} < {colour_at + 1} bytes")
    model_at, device_at = _REGION.size + maker, _REGION.size + maker + model
    province, city = _REGION.unpack_from(body)
    return Registration(
        province,
        city,
        _text(body[_REGION.size : model_at]),
        _text(body[model_at:device_at]),
        _text(body[device_at:colour_at]),
        body[colour_at],
        _text(body[colour_at + 1 :]),
    )


def authentication_of(frame: Frame) -> Authentication:
    """Raises BodyError."""
    body = frame.body
    if frame.version is None:
        return Authentication(_text(body))
    if not body or len(body) < 1 + body[0]:
        raise BodyError(BodyFault.SHORT_BODY, f"{len(body)} bytes")
    end = 1 + body[0]
    return Authentication(_text(body[1:end]), _text(body[end : end + 15]), _text(body[end + 15 : end + 35]))


class Answer(NamedTuple):
    """What the platform says of a message: its serial number and id, and what became of it."""

    serial: int
    message_id: int
    result: Result


def answered_of(frame: Frame) -> Answer:
    """The body of a 0x8001. Raises BodyError."""
    if len(frame.body) != _GENERAL.size:
        raise BodyError(BodyFault.SHORT_BODY, f"{len(frame.body)} bytes")
    serial, message_id, result = _GENERAL.unpack(frame.body)
    if result not in _RESULTS:
        raise BodyError(BodyFault.UNKNOWN_RESULT, str(result))
    return Answer(serial, message_id, Result(result))


def registered_of(frame: Frame) -> tuple[RegistrationResult, str]:
    """The body of a 0x8100: the result, and the code to authenticate with. Raises BodyError."""
    if len(frame.body) < _REGISTERED.size:
        raise BodyError(BodyFault.SHORT_BODY, f"{len(frame.body)} bytes")
    if (result := frame.body[2]) not in _REGISTRATION_RESULTS:
        raise BodyError(BodyFault.UNKNOWN_RESULT, str(result))
    return RegistrationResult(result), _text(frame.body[3:])


def registration_octets(registration: Registration | None = None, *, versioned: bool) -> bytes:
    """The body of a 0x0100 of 2013 or, ``versioned``, of 2019."""
    said = registration or Registration(32, 1302, "GONGC", "simulated", "1", 2, "")
    widths = (11, 30, 30) if versioned else (5, 20, 7)
    texts = (said.maker, said.model, said.device)
    padded = b"".join(text.encode("gbk")[:width].ljust(width, b"\0") for text, width in zip(texts, widths, strict=True))
    return _REGION.pack(said.province, said.city) + padded + bytes([said.plate_colour]) + said.plate.encode("gbk")


def authentication_octets(code: str, *, versioned: bool) -> bytes:
    """The body of a 0x0102 of 2013 or, ``versioned``, of 2019."""
    said = code.encode("gbk")
    return bytes([len(said)]) + said + bytes(15) + b"simulated".ljust(20, b"\0") if versioned else said


def general_answer(to: Frame, serial: int, result: Result) -> Frame:
    """0x8001: what became of a message."""
    return _answer(to, serial, GENERAL_ANSWER, _GENERAL.pack(to.serial, to.message_id, result))


def registration_answer(to: Frame, serial: int, result: RegistrationResult, code: str = "") -> Frame:
    """0x8100: with the code to authenticate with, when registering succeeded."""
    said = code.encode("gbk") if result is RegistrationResult.DONE else b""
    return _answer(to, serial, REGISTER_ANSWER, _REGISTERED.pack(to.serial, result) + said)


def _answer(to: Frame, serial: int, message_id: int, body: bytes) -> Frame:
    return Frame(message_id, to.terminal, serial, body, to.version)


def _text(octets: bytes) -> str:
    """Padded with zeros or blanks, before or after it."""
    return octets.strip(b"\0 ").split(b"\0", 1)[0].decode("gbk", "replace").strip()
