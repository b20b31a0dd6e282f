"""A rule's text cut into tokens, and the error that points at a place in it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<blank>\s+) | (?P<word>[A-Za-z_][A-Za-z0-9_]*) | (?P<number>[0-9]{1,15}(?:\.[0-9]{1,15})?(?![0-9.]))
      | "(?P<double>[^"\n]*)" | '(?P<single>[^'\n]*)' | (?P<sign>[&|~(),=-])""",
    re.VERBOSE,
)
_HALF_WIDTH = str.maketrans("“”‘’、", "\"\"'',")


class RuleError(ValueError):
    """What is wrong in a rule, in Chinese (``zh``) and English (``en``), and where: ``position`` counts from 0."""

    def __init__(self, zh: str, en: str, text: str, position: int) -> None:
        self.zh = zh
        self.en = en
        self.text = text
        self.position = position
        super().__init__(f"{zh} / {en}\n{self.pointer}")

    @property
    def pointer(self) -> str:
        """The line of the rule with a caret below the place."""
        start = self.text.rfind("\n", 0, self.position) + 1
        line = self.text[start:].partition("\n")[0]
        # Wide characters take two columns wherever a rule is shown in fixed width.
        before = line[: self.position - start]
        columns = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in before)
        return f"{line}\n{' ' * columns}^"


@dataclass(frozen=True, slots=True)
class Token:
    """``sort``: word, number, text (it stood in quotes), sign or end. ``at`` counts from 0."""

    sort: str
    text: str
    at: int

    @property
    def zh(self) -> str:
        return "结尾" if self.sort == "end" else self.en

    @property
    def en(self) -> str:
        return {"end": "the end", "text": f'"{self.text[:40]}"'}.get(self.sort, self.text[:40])


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text, the last of them its end. Raises RuleError."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise _unreadable(text, at)
        if token.lastgroup in ("double", "single"):
            found.append(Token("text", token[token.lastgroup], at))
        elif token.lastgroup != "blank":
            found.append(Token(str(token.lastgroup), token[0], at))
        at = token.end()
    return [*found, Token("end", "", len(text))]


def _unreadable(text: str, at: int) -> RuleError:
    character = text[at]
    half = unicodedata.normalize("NFKC", character).translate(_HALF_WIDTH)
    if character in "\"'":
        return RuleError("引号没有成对", "the quote is not closed", text, at)
    if character.isdigit() and character.isascii():
        return RuleError("数写得不对", "the number is not well written", text, at)
    if half != character and _TOKEN.match(half + half):
        return RuleError(
            f"此处是全角字符“{character}”，请改用半角 {half}",
            f"write {half} instead of the full-width {character}",
            text,
            at,
        )
    return RuleError(f"不认识的字符“{character}”", f'unknown character "{character}"', text, at)
