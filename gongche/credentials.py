"""Passwords of trackers: made at random, told once, kept as the hashes that brokers compare with."""

from __future__ import annotations

import base64
import ctypes
import hashlib
import secrets

from fleet.credential import Credential, fault_of
from gongche.problem import Problem

_PASSWORD_BYTES = 16
"""Nobody guesses 128 random bits, so the hashes need not be slow: docs/decisions/0036-a-user-for-each-tracker.md."""

_BCRYPT_SETTING = "$2a$04$"
_BCRYPT_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_BCRYPT_LAST = ".Oeu"
"""A salt has 128 bits: of its 22nd character two count."""

_PBKDF2_ITERATIONS = 101
_PBKDF2_SALT_BYTES = 12


def new_credential(tracker: str) -> tuple[Credential, str]:
    """A new password for a tracker, and what is kept of it. Problem when the id cannot be a user's name."""
    fault = fault_of(tracker)
    if fault is not None:
        raise Problem(f"{tracker}：{fault[0]}", f"{tracker}: {fault[1]}")
    password = secrets.token_hex(_PASSWORD_BYTES)
    return Credential(tracker, bcrypt_of(password), pbkdf2_sha512_of(password)), password


def bcrypt_of(password: str) -> str:
    """As NATS compares it. The system's libcrypt makes it; Problem where that knows no bcrypt."""
    salt = "".join(secrets.choice(_BCRYPT_ALPHABET) for _ in range(21)) + secrets.choice(_BCRYPT_LAST)
    setting = (_BCRYPT_SETTING + salt).encode()
    for name in ("libcrypt.so.1", "libcrypt.so.2", None):  # glibc's systems, newer ones, and where libc has it
        try:
            crypt = ctypes.CDLL(name).crypt
        except (OSError, AttributeError):
            continue
        crypt.argtypes, crypt.restype = (ctypes.c_char_p, ctypes.c_char_p), ctypes.c_char_p
        made: bytes | None = crypt(password.encode(), setting)
        if made is not None and made.startswith(setting):  # a libcrypt that does not know it makes something else
            return made.decode()
    raise Problem("本机的 libcrypt 不支持 bcrypt", "libcrypt of this machine knows no bcrypt")


def pbkdf2_sha512_of(password: str) -> str:
    """As it stands in Mosquitto's password file: ``$7$iterations$salt$hash``, in base64."""
    salt = secrets.token_bytes(_PBKDF2_SALT_BYTES)
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _PBKDF2_ITERATIONS)
    return f"$7${_PBKDF2_ITERATIONS}${_text(salt)}${_text(made)}"


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
