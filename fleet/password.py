"""What a password must be. After NIST SP 800-63B: long, not easily guessed, no rules about kinds of characters."""

from __future__ import annotations

from fleet.person import is_same_person

LEAST = 10
MOST = 200
_FEWEST_DIFFERENT = 4
_ROWS = ("0123456789" * 3, "qwertyuiop" * 2, "asdfghjkl" * 2, "abcdefghijklmnopqrstuvwxyz")
_TRIED_FIRST = {"password", "passw0rd", "admin", "administrator", "gongche", "公车", "qwerty", "abc", "woaini"}


def fault_of(password: str, name: str) -> tuple[str, str] | None:
    """Why ``name`` cannot have this password, in Chinese and English; None when it can."""
    if not LEAST <= len(password) <= MOST or "\0" in password:
        return f"密码应为 {LEAST} 至 {MOST} 个字符", f"a password has {LEAST} to {MOST} characters"
    plain = "".join(password.lower().split())
    core = plain.strip("0123456789!@#.")
    if is_same_person(password, name) or (core and is_same_person(core, name)):
        return "密码不能就是用户名", "the password must not be the name"
    if len(set(plain)) < _FEWEST_DIFFERENT or core in _TRIED_FIRST or _is_one_row(plain):
        return "密码太容易被猜到，请换一个，例如几个不相干的词", "too easily guessed: take several words, for example"
    return None


def _is_one_row(plain: str) -> bool:
    """Neighbours on the keyboard or in the alphabet, in either direction."""
    return any(plain in row or plain[::-1] in row for row in _ROWS)
