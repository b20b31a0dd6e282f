"""The joint meeting: who may decide what by which votes; the register's totals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from oversight.purchases import Decision, Purchase, Vote, objection, totals_of

MEMBERS = ["财政", "纪检", "机关事务", "编办", "审计", "车管"]
PRICE = Decimal(180_000)


def votes(in_favour: int, against: int = 0, abstain: int = 0) -> dict[str, Vote]:
    cast = [Vote.FOR] * in_favour + [Vote.AGAINST] * against + [Vote.ABSTAIN] * abstain
    return dict(zip(MEMBERS, cast, strict=False))


@pytest.mark.parametrize(
    ("cast", "approves"),
    [(votes(4), True), (votes(4, 2), True), (votes(3, 3), False), (votes(3, 1), False), (votes(0, 4), False),
     (votes(3, 0, 3), False)],
)  # fmt: skip
def test_more_than_half_of_all_members_approve(cast: dict[str, Vote], approves: bool) -> None:
    assert (objection(Decision.APPROVED, PRICE, PRICE, MEMBERS, cast) is None) is approves
    assert (objection(Decision.REFUSED, PRICE, Decimal(), MEMBERS, cast) is None) is not approves


def test_two_thirds_must_have_voted() -> None:
    told = objection(Decision.REFUSED, PRICE, Decimal(), MEMBERS, votes(0, 3))
    assert told is not None
    assert "two thirds" in told.en


def test_who_is_no_member_does_not_vote() -> None:
    told = objection(Decision.APPROVED, PRICE, PRICE, MEMBERS, votes(5) | {"路人": Vote.FOR})
    assert told is not None
    assert "路人" in told.zh


@pytest.mark.parametrize("money", [Decimal(0), PRICE + 1, Decimal(-1)])
def test_no_more_than_was_asked_is_approved(money: Decimal) -> None:
    assert objection(Decision.APPROVED, PRICE, money, MEMBERS, votes(6)) is not None


def test_what_is_saved_is_what_was_asked_and_not_approved() -> None:
    told = totals_of(
        [
            Purchase(PRICE, Decision.APPROVED, Decimal(150_000)),
            Purchase(Decimal(250_000), Decision.REFUSED),
            Purchase(Decimal(99_000)),
        ]
    )
    assert (told.requests, told.approved, told.refused, told.waiting) == (3, 1, 1, 1)
    assert (told.approved_yuan, told.saved_yuan) == (Decimal(150_000), Decimal(280_000))
