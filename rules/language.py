"""The rule language: text to expression. Read whole by this parser, never by the program's own ``eval``.

    either  := where ("|" where)*
    where   := unary (("&" | "-") unary)*
    unary   := "~" unary | "(" either ")" | word [ "(" argument ("," argument)* ")" ]
    argument:= either | "text" | number | parameter | name "=" argument

``~`` binds closest, then ``&`` and ``-`` alike, then ``|``: the same sets as with Python's precedence, in which ``-``
binds closer than ``&``, because taking away and intersecting may change places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NoReturn

from rules.expression import Applied, Complement, Either, Expression, Term, Where
from rules.kinds import WANTED, Argument, Kind, value_of
from rules.quantity import QuantityError
from rules.tokens import RuleError, Token, tokens_of
from rules.vocabulary import PLACES, VOCABULARY, Origin, Parameter, Word

MOST_CHARACTERS = 10_000
MOST_DEPTH = 64
MOST_WORDS = 1_000


@dataclass(frozen=True, slots=True)
class Constant:
    """What a rule's parameter stands for in its expression."""

    kind: Kind
    value: Argument


def parse(text: str, parameters: Mapping[str, Constant] | None = None) -> Expression:
    """The expression that a rule's text says. ``parameters`` are the names the rule gives to its settings.

    Raises RuleError with the place and what was expected there; refuses texts over MOST_CHARACTERS, nesting over
    MOST_DEPTH and more than MOST_WORDS words.
    """
    if len(text) > MOST_CHARACTERS:
        raise RuleError(
            f"规则超过 {MOST_CHARACTERS} 个字符",
            f"the rule is longer than {MOST_CHARACTERS} characters",
            text[:60],
            0,
        )
    return _Parser(text, tokens_of(text), parameters or {}).whole()


class _Parser:
    """Recursive descent over the tokens; ``depth`` and ``words`` keep bombs small."""

    def __init__(self, text: str, tokens: list[Token], parameters: Mapping[str, Constant]) -> None:
        self.text = text
        self.tokens = tokens
        self.parameters = parameters
        self.next = 0
        self.depth = 0
        self.words = 0

    # Tokens ----------------------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def sees(self, *signs: str) -> bool:
        return self.token.sort == "sign" and self.token.text in signs

    def take(self) -> Token:
        token = self.token
        self.next += token.sort != "end"
        return token

    def expect(self, sign: str) -> None:
        if not self.sees(sign):
            self.wrong(f"此处应为 {sign}，却是 {self.token.zh}", f"expected {sign} but found {self.token.en}")
        self.take()

    def wrong(self, zh: str, en: str, token: Token | None = None) -> NoReturn:
        raise RuleError(zh, en, self.text, (token or self.token).at)

    # Spans -----------------------------------------------------------------------------------------------

    def whole(self) -> Expression:
        expression = self.either()
        if self.token.sort != "end":
            self.wrong(
                f"此处应为 &、|、- 或结尾，却是 {self.token.zh}",
                f"expected &, |, - or the end but found {self.token.en}",
            )
        return expression

    def either(self) -> Expression:
        self.deeper()
        parts = [self.where()]
        while self.sees("|"):
            self.take()
            parts.append(self.where())
        self.depth -= 1
        if len(parts) == 1:
            return parts[0]
        flat = [inner for part in parts for inner in (part.parts if isinstance(part, Either) else (part,))]
        return Either(tuple(flat))

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            self.wrong(f"嵌套超过 {MOST_DEPTH} 层", f"nested more than {MOST_DEPTH} deep")

    def where(self) -> Expression:
        kept = [self.unary()]
        removed: list[Expression] = []
        while self.sees("&", "-"):
            (kept if self.take().text == "&" else removed).append(self.unary())
        if len(kept) == 1 and not removed:
            return kept[0]
        # (a & b) - c is a & b - c: brackets around a kept part change nothing.
        flat = [part if isinstance(part, Where) else Where((part,)) for part in kept]
        return Where(
            tuple(inner for part in flat for inner in part.kept),
            tuple(inner for part in flat for inner in part.removed) + tuple(removed),
        )

    def unary(self) -> Expression:
        if not self.sees("~"):
            return self.primary()
        self.take()
        self.deeper()
        part = self.unary()
        self.depth -= 1
        return Complement(part)

    def primary(self) -> Expression:
        token = self.take()
        if token.sort == "sign" and token.text == "(":
            inner = self.either()
            self.expect(")")
            return inner
        if token.sort != "word":
            self.wrong(
                f"此处应为词语（如 driving）或括号，却是 {token.zh}",
                f"expected a word such as driving or a bracket but found {token.en}",
                token,
            )
        self.words += 1
        if self.words > MOST_WORDS:
            self.wrong(f"词语超过 {MOST_WORDS} 个", f"more than {MOST_WORDS} words", token)
        if token.text not in VOCABULARY:
            self.unknown(token)
        return self.word(VOCABULARY[token.text], token)

    def unknown(self, token: Token) -> NoReturn:
        near = get_close_matches(token.text, VOCABULARY, n=1)
        zh, en = (f"，是否为 {near[0]}？", f"; did you mean {near[0]}?") if near else ("", "")
        if token.text in self.parameters:
            zh, en = "：参数只能写在括号里的参数位置", ": a parameter can only stand as an argument"
        self.wrong(f"不认识的词语 {token.text}{zh}", f"unknown word {token.text}{en}", token)

    # Arguments -------------------------------------------------------------------------------------------

    def word(self, word: Word, token: Token) -> Expression:
        given = self.arguments(word) if self.sees("(") else {}
        for parameter in word.parameters:
            if parameter.name not in given and parameter.default is None:
                self.wrong(
                    f"{word.name} 缺少参数 {parameter.name}",
                    f"{word.name} lacks its argument {parameter.name}",
                    token,
                )
        spans = [given[p.name] for p in word.parameters if p.kind is Kind.SPANS]
        values = [given.get(p.name, p.default) for p in word.parameters if p.kind is not Kind.SPANS]
        arguments = tuple(value for value in values if isinstance(value, str | int | float))
        if word.name == "between" and arguments[0] == arguments[1]:
            self.wrong("起止钟点相同", "the two times of day are the same", token)
        if word.origin is Origin.SPANS:
            return Applied(
                word.name, tuple(part for part in spans if not isinstance(part, str | int | float)), arguments
            )
        return Term(word.name, arguments)

    def arguments(self, word: Word) -> dict[str, Expression | Argument]:
        self.expect("(")
        given: dict[str, Expression | Argument] = {}
        named = False
        while not self.sees(")"):
            if given:
                self.expect(",")
            start = self.token
            parameter, by_name = self.parameter(word, len(given))
            if parameter.name in given or (named and not by_name):
                self.wrong(
                    f"参数 {parameter.name} 重复或次序不对",
                    f"argument {parameter.name} is repeated or out of order",
                    start,
                )
            named = named or by_name
            given[parameter.name] = self.either() if parameter.kind is Kind.SPANS else self.literal(parameter)
        self.expect(")")
        return given

    def parameter(self, word: Word, number: int) -> tuple[Parameter, bool]:
        """Which parameter comes next, and whether it was named (``fixes=3``)."""
        after = self.tokens[self.next + 1] if self.token.sort == "word" else self.token
        if after.sort == "sign" and after.text == "=":
            name = self.take()
            self.take()
            for parameter in word.parameters:
                if parameter.name == name.text:
                    return parameter, True
            self.wrong(f"{word.name} 没有参数 {name.text}", f"{word.name} has no argument {name.text}", name)
        if number >= len(word.parameters):
            self.wrong(
                f"{word.name} 至多 {len(word.parameters)} 个参数",
                f"{word.name} takes at most {len(word.parameters)} arguments",
            )
        return word.parameters[number], False

    def literal(self, parameter: Parameter) -> Argument:
        token = self.take()
        zh, en = WANTED[parameter.kind]
        value: Argument
        if token.sort == "word" and token.text in self.parameters:
            constant = self.parameters[token.text]
            if constant.kind is not parameter.kind:
                self.wrong(f"参数 {token.text} 不是{zh}", f"parameter {token.text} is not {en}", token)
            value = constant.value
        else:
            value = self.written(parameter, token)
        if isinstance(value, int | float) and not parameter.least <= value <= parameter.most:
            self.wrong(
                f"{parameter.name} 应在 {parameter.least:g} 与 {parameter.most:g} 之间",
                f"{parameter.name} must lie between {parameter.least:g} and {parameter.most:g}",
                token,
            )
        return value

    def written(self, parameter: Parameter, token: Token) -> Argument:
        """The value that stands in the text itself."""
        kind = parameter.kind
        is_bare_name = token.sort == "word" and (kind is Kind.ALARM or (kind is Kind.PLACE and token.text in PLACES))
        zh, en = WANTED[kind]
        value: Argument = token.text
        if token.sort == "number" and kind in (Kind.NUMBER, Kind.COUNT):
            value = float(token.text) if "." in token.text else int(token.text)
        elif token.sort != "text" and not is_bare_name:
            self.wrong(f"此处应为{zh}，却是 {token.zh}", f"expected {en} but found {token.en}", token)
        try:
            return value_of(value, kind)
        except QuantityError as error:
            self.wrong(error.zh, error.en, token)
