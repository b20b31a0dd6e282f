"""Passwords of trackers: made at random, told once, kept as the hashes that brokers compare with."""

from __future__ import annotations

import base64
import hashlib
import secrets

import bcrypt

from fleet.credential import Credential, fault_of
from gongche.problem import Problem

_PASSWORD_BYTES = 16
"""Nobody guesses 128 random bits, so the hashes need not be slow: docs/decisions/0036-a-user-for-each-tracker.md."""

_BCRYPT_ROUNDS = 4
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
    """As NATS compares it."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(_BCRYPT_ROUNDS, prefix=b"2a")).decode()


def pbkdf2_sha512_of(password: str) -> str:
    """As it stands in Mosquitto's password file: ``$7$iterations$salt$hash``, in base64."""
    salt = secrets.token_bytes(_PBKDF2_SALT_BYTES)
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _PBKDF2_ITERATIONS)
    return f"$7${_PBKDF2_ITERATIONS}${_text(salt)}${_text(made)}"


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
