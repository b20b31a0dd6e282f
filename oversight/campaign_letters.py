"""The letters of a holiday campaign: notices to units, what the calendar changed, digests, summaries. Pure.

A letter tells figures, and no plate. Cars of confidential mail are counted in letters of their own, for those who may
know of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from fleet.role import Role
from fleet.vehicle import UseClass
from fleet.violation import Severity
from oversight.campaign import Campaign, Turn
from oversight.campaign_figures import CarLine, Figures, by_unit, figures, summary_of
from oversight.letter import Letter, LetterKind, Wording

_CENTRE = frozenset({Role.STAFF, Role.HEAD})
_HEAD = frozenset({Role.HEAD})
_SHOWN = 8


def notices(one: Campaign, lines: Sequence[CarLine]) -> list[Letter]:
    """To each unit how many of its cars are to be sealed, and to the centre all. ``lines``: of the sealing list."""
    of_units = [
        _letter(
            one, f"notice/{one.first}/{unit.code}", Severity.MEDIUM,
            Wording(f"{one.name_zh}假期封存通知", f"Sealing over {one.name_en}"),
            Wording(
                f"{_days_zh(one)}放假。贵单位须封存 {unit.figures.listed} 辆车，另有 {unit.figures.exempt} 辆"
                "已获准不封存。"
                "请在假期开始前停放到位、收交钥匙，并在页面上确认；确需使用的，请提出申请。",
                f"The holiday is {_days_en(one)}. Your unit seals {unit.figures.listed} cars; {unit.figures.exempt} are"
                " exempt. Have them parked at home with their keys handed in before it begins, and confirm it on the"
                " page; where one is needed, ask for an exemption.",
            ),
            roles=frozenset(), unit_id=unit.unit_id,
        )
        for unit in by_unit(_open(lines))
    ]  # fmt: skip
    total = figures(_open(lines))
    to_centre = _letter(
        one, f"notice/{one.first}", Severity.INFO,
        Wording(f"{one.name_zh}假期专项已启动", f"The campaign over {one.name_en} is open"),
        Wording(
            f"{_days_zh(one)}放假。封存名单 {total.listed} 辆，不封存 {total.exempt} 辆，"
            f"已通知 {len(of_units)} 个单位。",
            f"The holiday is {_days_en(one)}. {total.listed} cars are to be sealed, {total.exempt} are exempt;"
            f" {len(of_units)} units were told.",
        ),
        roles=_CENTRE,
    )  # fmt: skip
    return [*of_units, to_centre]


def turned(turn: Turn, one: Campaign, day: date) -> Letter:
    """What the calendar changed of a campaign, to the centre and (without a unit) to all unit managers."""
    said = {
        Turn.OPENED: (f"重新启动，假期为 {_days_zh(one)}", f"It is open again; the holiday is {_days_en(one)}"),
        Turn.MOVED: (f"改为 {_days_zh(one)}", f"It is now {_days_en(one)}"),
        Turn.CHANGED: (f"假期中途改为 {_days_zh(one)}", f"After it began it was changed to {_days_en(one)}"),
        Turn.WITHDRAWN: ("已撤销", "It is withdrawn"),
        Turn.GONE: (
            "假期中途被取消，已有记录保留",
            "After it began its holiday was taken back; what was written stands",
        ),
    }[turn]
    return _letter(
        one, f"{turn}/{one.first}/{one.last}/{day}", Severity.HIGH,
        Wording(f"{one.name_zh}假期专项：工作日历有变动", f"The campaign over {one.name_en}: the calendar was changed"),
        Wording(f"{said[0]}。", f"{said[1]}."),
        roles=_CENTRE | {Role.UNIT_MANAGER},
    )  # fmt: skip


def unknown_year(year: int, day: date) -> Letter:
    """No campaign can be opened from a day on, for want of a year's schedule."""
    return Letter(
        key=f"campaign/unknown/{year}", kind=LetterKind.CAMPAIGN, severity=Severity.HIGH,
        subject=Wording(f"{year} 年放假安排未知", f"The schedule of {year} is not known"),
        body=Wording(
            f"自 {day} 起的放假安排未公布或未录入，此后的假期专项不会启动。请录入并复核。",
            f"From {day} on no schedule is known; no campaign opens for its holidays. Enter it and have it checked.",
        ),
        roles=_CENTRE, path="/campaigns",
    )  # fmt: skip


def sealing(one: Campaign, lines: Sequence[CarLine]) -> list[Letter]:
    """Two hours into the holiday: how many stand at home, how many do not, and how many nobody knows of."""
    return _in_both(
        one, "sealing", lines,
        Wording(f"{one.name_zh}假期封存到位情况", f"Sealing over {one.name_en}: two hours in"),
        lambda n: Wording(_states_zh(n), _states_en(n)),
    )  # fmt: skip


def digest(one: Campaign, day: date, lines: Sequence[CarLine]) -> list[Letter]:
    """Of a day and of the holiday so far; with the units that had alerts."""
    alarmed = [unit for unit in by_unit(_open(lines)) if unit.figures.alerts]
    named = "、".join(f"{unit.unit} {unit.figures.alerts}" for unit in alarmed[:_SHOWN])

    def said(n: Figures) -> Wording:
        return Wording(
            f"{_states_zh(n)}当日新告警 {n.alerts} 起、派车单 {n.orders} 份；假期以来告警 {n.alerts_so_far} 起、派车单"
            f" {n.orders_so_far} 份。",
            f"{_states_en(n)} New alerts {n.alerts}, orders {n.orders}; since the holiday began {n.alerts_so_far}"
            f" alerts, {n.orders_so_far} orders.",
        )

    letters = _in_both(
        one, f"digest/{day}", lines,
        Wording(f"{one.name_zh}假期日报（{day.month}月{day.day}日）", f"{one.name_en}: the day of {day}"), said,
    )  # fmt: skip
    if not named:
        return letters
    first, *others = letters
    body = Wording(f"{first.body.zh}告警单位：{named}。", f"{first.body.en} Units with alerts: {named}.")
    return [replace(first, body=body), *others]


def summary(one: Campaign, lines: Sequence[CarLine]) -> list[Letter]:
    """On the first workday: what was found in the whole holiday."""
    clean = len(summary_of(one.key, _open(lines)).clean)

    def said(n: Figures) -> Wording:
        return Wording(
            f"封存名单 {n.listed} 辆，已确认 {n.confirmed} 辆；疑似违规 {n.violations} 起，告警 {n.alerts_so_far} 起，"
            f"派车单 {n.orders_so_far} 份。",
            f"{n.listed} cars on the sealing list, {n.confirmed} confirmed; {n.violations} suspected violations,"
            f" {n.alerts_so_far} alerts, {n.orders_so_far} orders.",
        )

    subject = Wording(f"{one.name_zh}假期专项小结", f"{one.name_en}: the summary")
    first, *others = _in_both(one, "summary", lines, subject, said)
    body = Wording(
        f"{first.body.zh}{clean} 个单位全程可见且无疑似违规。",
        f"{first.body.en} {clean} units were seen throughout, without any suspected violation.",
    )
    return [replace(first, body=body), *others]


def _in_both(
    one: Campaign, key: str, lines: Sequence[CarLine], subject: Wording, said: Callable[[Figures], Wording]
) -> list[Letter]:
    """To the centre of the open cars; to the head of those of confidential mail, where there are any."""
    letters = [_letter(one, key, Severity.INFO, subject, said(figures(_open(lines))), roles=_CENTRE)]
    hidden = [car for car in lines if car.use_class == UseClass.CONFIDENTIAL_MAIL]
    if hidden:
        of_hidden = Wording(f"{subject.zh}（机要）", f"{subject.en} (confidential)")
        letters.append(
            _letter(
                one, f"{key}/confidential", Severity.INFO, of_hidden, said(figures(hidden)), roles=_HEAD,
                is_confidential=True,
            )
        )  # fmt: skip
    return letters


def _open(lines: Sequence[CarLine]) -> list[CarLine]:
    return [car for car in lines if car.use_class != UseClass.CONFIDENTIAL_MAIL]


def _letter(
    one: Campaign,
    key: str,
    severity: Severity,
    subject: Wording,
    body: Wording,
    *,
    roles: frozenset[Role],
    unit_id: int | None = None,
    is_confidential: bool = False,
) -> Letter:
    return Letter(
        key=f"campaign/{one.key}/{key}", kind=LetterKind.CAMPAIGN, severity=severity, subject=subject, body=body,
        roles=roles, unit_id=unit_id, is_confidential=is_confidential, path=f"/campaigns/{one.key}",
    )  # fmt: skip


def _days_zh(one: Campaign) -> str:
    days = (one.last - one.first).days + 1
    if days == 1:
        return f"{one.first.month}月{one.first.day}日"
    return f"{one.first.month}月{one.first.day}日至{one.last.month}月{one.last.day}日，共 {days} 天"


def _days_en(one: Campaign) -> str:
    return f"{one.first}" if one.first == one.last else f"{one.first} to {one.last}"


def _states_zh(n: Figures) -> str:
    return (
        f"名单 {n.listed} 辆：在位 {n.sealed}，有行驶 {n.moved}，停在外面 {n.away}，位置不明 {n.unknown}，"
        f"离线 {n.offline}。"
    )


def _states_en(n: Figures) -> str:
    return (
        f"{n.listed} cars on the list: {n.sealed} at home, {n.moved} moved, {n.away} away, {n.unknown} unknown,"
        f" {n.offline} offline."
    )
