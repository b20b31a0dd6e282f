"""A rule in words, Chinese and English, made from its expression: what a clerk reads beside a violation."""

from __future__ import annotations

import re

from rules.expression import Applied, Complement, Either, Expression, Term, Where, terms
from rules.kinds import Argument, Kind
from rules.quantity import Language, clock_in_words, distance_in_words, duration_in_words, number_in_words
from rules.rule import Rule
from rules.vocabulary import PLACES, VOCABULARY, Origin, Parameter, Word

_OPTIONAL = re.compile(r"\[([^\[\]]*\{(\w+)\}[^\[\]]*)\]")


def explain(expression: Expression, language: Language) -> str:
    """The expression as one phrase: ``行驶 且 在节假日，除去 有派车单 的时间``."""
    match expression:
        case Term(name, arguments):
            return _phrase(VOCABULARY[name], (), arguments, language)
        case Applied(function, operands, arguments):
            return _phrase(VOCABULARY[function], operands, arguments, language)
        case Complement(part):
            inner = _operand(part, language)
            return f"不在 {inner} 期间" if language == "zh" else f"not {inner}"
        case Either(parts):
            return (" 或 " if language == "zh" else " or ").join(_operand(part, language) for part in parts)
        case Where(kept, removed):
            return _where(kept, removed, language)


def explain_rule(rule: Rule, language: Language) -> str:
    """The whole rule as a sentence: its expression, what is put together and how long it has to last."""
    when = explain(rule.expression, language)
    join, lasting = (duration_in_words(us, language) for us in (rule.join_us, rule.lasting_us))
    if language == "zh":
        parts = [when]
        parts += [f"间隔不足 {join}的合为一次"] if rule.join_us else []
        parts += [f"每次合计至少 {lasting}"] if rule.lasting_us else []
        parts += [f"满 {duration_in_words(rule.warn_us, language)}先作提醒"] if rule.warn_us is not None else []
        return "；".join(parts) + "。"
    sentence = f"{when[0].upper()}{when[1:]}"
    sentence += f"; spans less than {join} apart count as one" if rule.join_us else ""
    sentence += f"; at least {lasting} in total" if rule.lasting_us else ""
    warned = rule.warn_us is not None
    return sentence + (f"; from {duration_in_words(rule.warn_us or 0, language)} on a warning" if warned else "") + "."


def excuses_in_words(expression: Expression, language: Language) -> tuple[str, ...]:
    """What excuses: the papers that were looked at before something was called a violation, each named once."""
    words = (VOCABULARY[term.name] for term in terms(expression) if not _is_asked_for(term, expression))
    named = (word.excuse_zh if language == "zh" else word.excuse_en for word in words)
    return tuple(dict.fromkeys(name for name in named if name))


def _is_asked_for(term: Term, expression: Expression) -> bool:
    """Whether a paper is what the rule is about (driving a car that is laid up), and so nothing that excuses."""
    match expression:
        case Where(kept):
            return VOCABULARY[term.name].origin is Origin.PAPERS and term in kept
    return False


def _where(kept: tuple[Expression, ...], removed: tuple[Expression, ...], language: Language) -> str:
    keeping, leaving = ([_operand(part, language) for part in parts] for parts in (kept, removed))
    if language == "zh":
        phrase = " 且 ".join(keeping)
        return f"{phrase}，除去 {_listed(leaving, '、', ' 或 ')} 的时间" if leaving else phrase
    phrase = " and ".join(keeping)
    return f"{phrase}, except while {_listed(leaving, ', ', ' or ')}" if leaving else phrase


def _listed(phrases: list[str], comma: str, last: str) -> str:
    return comma.join(phrases[:-1]) + last + phrases[-1] if len(phrases) > 1 else phrases[0]


def _operand(expression: Expression, language: Language) -> str:
    """A part within a larger phrase: in brackets when it is itself a combination."""
    phrase = explain(expression, language)
    if isinstance(expression, Where | Either):
        return f"（{phrase}）" if language == "zh" else f"({phrase})"
    return phrase


def _phrase(word: Word, operands: tuple[Expression, ...], arguments: tuple[Argument, ...], language: Language) -> str:
    """The word's sentence with its arguments; parts in [...] go when their argument is the default."""
    spans, values = iter(operands), iter(arguments)
    shown: dict[str, str] = {}
    usual: set[str] = set()
    for parameter in word.parameters:
        if parameter.kind is Kind.SPANS:
            shown[parameter.name] = _operand(next(spans), language)
            continue
        value = next(values)
        shown[parameter.name] = _argument(parameter, value, word, language)
        if (word.name, parameter.name) == ("between", "end"):
            shown["end"] = _ending(arguments, language)
        if value == parameter.default:
            usual.add(parameter.name)
    template = word.zh if language == "zh" else word.en
    return _OPTIONAL.sub(lambda part: "" if part[2] in usual else part[1], template).format_map(shown)


def _argument(parameter: Parameter, value: Argument, word: Word, language: Language) -> str:
    match parameter.kind, value:
        case Kind.DURATION, int():
            return duration_in_words(value, language)
        case Kind.DISTANCE, int() | float():
            return distance_in_words(value, language)
        case Kind.CLOCK, int():
            return clock_in_words(value)
        case Kind.NUMBER | Kind.COUNT, int() | float():
            return number_in_words(value)
        case Kind.PLACE, str():
            return _place(value, word, language)
    return str(value)


def _ending(clocks: tuple[Argument, ...], language: Language) -> str:
    """The end of ``between``, which lies on the next day when it is not after the start."""
    start_us, end_us = map(int, clocks)
    if end_us > start_us:
        return (" " if language == "zh" else "") + clock_in_words(end_us)
    return f"次日 {clock_in_words(end_us)}" if language == "zh" else f"{clock_in_words(end_us)} the next day"


def _place(name: str, word: Word, language: Language) -> str:
    words = PLACES.get(name)
    if words is None:
        return f"“{name}”"
    if word.side == "outside":
        return words.zh_all if language == "zh" else words.en_all
    return words.zh if language == "zh" else words.en
