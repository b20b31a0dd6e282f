"""Committing a week's seed, drawing, and verifying what was drawn: ``oversight.draw`` with the database around it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from fleet.audit import Deed
from fleet.week import Week
from gongche.problem import Problem
from oversight.draw import (
    CONFIDENTIAL_UNIT,
    SEED_BYTES,
    Car,
    Commitment,
    Fault,
    Frame,
    Replaced,
    Terms,
    chosen_names,
    pseudonym,
    publish,
    verify,
)
from store import audit, draws
from store.database import Connection
from store.draws import EnrolledCar, StoredCommitment, StoredDraw

SYSTEM = "gongche work"
"""Who acts when the program does by itself, and the role it has."""
SYSTEM_ROLE = "system"
OPERATOR_ROLE = "operator"


def subject_of(week: Week) -> str:
    """What the audit chain calls a week's draw."""
    return f"draw {week}"


async def commit_week(
    conn: Connection, week: Week, *, at: datetime, by: str, role: str, reason: str | None = None
) -> StoredCommitment:
    """The week's commitment that waits for its draw; made now where there is none. In one transaction of its own.

    ``reason`` asks for another draw of a week that was drawn. Raises Problem when it was and there is none.
    """
    async with conn.transaction():
        await draws.lock(conn)
        made, drawn = await draws.commitments(conn, week), await draws.draws(conn, week)
        if len(made) > len(drawn):
            return made[-1]
        if drawn and reason is None:
            raise _drawn_already(week)
        if not drawn and reason is not None:
            raise Problem(f"{week} 尚未抽签，无从重抽", f"{week} was not drawn yet: there is nothing to draw again")
        new = StoredCommitment(
            week=week.monday,
            attempt=len(drawn) + 1,
            seed=secrets.token_bytes(SEED_BYTES),
            key=secrets.token_bytes(SEED_BYTES),
            committed_at=at,
            committed_by=by,
            reason=reason,
        )
        await draws.commit(conn, new)
        details: dict[str, str | int | None] = {
            "attempt": new.attempt, "seed_sha256": new.seed_sha256, "key_sha256": new.key_sha256, "reason": reason,
        }  # fmt: skip
        await audit.record(
            conn, Deed(actor=by, role=role, act="commit_draw", subject=subject_of(week), details=details), at
        )
    return new


async def draw_week(
    conn: Connection, week: Week, *, at: datetime, by: str, role: str, terms: Terms, zone: ZoneInfo
) -> StoredDraw:
    """Freezes the frame of this moment and draws with the seed that was committed before; in one transaction.

    Raises Problem where no seed was committed, or where the committed one is drawn with.
    """
    async with conn.transaction():
        await draws.lock(conn)
        made, drawn = await draws.commitments(conn, week), await draws.draws(conn, week)
        if drawn and len(made) == len(drawn):
            raise _drawn_already(week)
        if not made or made[-1].committed_at >= at:
            raise Problem(
                f"{week} 的种子尚未承诺：请先执行 gongche draw commit",
                f"no seed is committed for {week}: run `gongche draw commit` first",
            )
        cars = await draws.enrolled(conn, week, at, zone.key)
        if not cars:
            raise Problem("没有在册车辆，无从抽签", "no car is enrolled: there is nothing to draw from")
        frame, names = frame_of(week, at, cars, made[-1].key)
        told = publish(_commitment(made[-1], drawn), frame, terms)
        await draws.save(conn, made[-1], at=at, by=by, told=told, names=names)
        details: dict[str, str | int | None] = {
            "attempt": made[-1].attempt, "digest": told["digest"], "frame_sha256": told["frame_sha256"],
            "cars": len(cars), "chosen": len(told["chosen"]), "reason": made[-1].reason,
        }  # fmt: skip
        await audit.record(conn, Deed(actor=by, role=role, act="draw", subject=subject_of(week), details=details), at)
        found = await draws.standing(conn, week)
    assert found is not None
    return found


def frame_of(week: Week, at: datetime, cars: Sequence[EnrolledCar], key: bytes) -> tuple[Frame, dict[str, int]]:
    """The frame of these cars, and the vehicle behind each name. Confidential cars stand in it by pseudonym."""
    names: dict[str, int] = {}
    written = []
    for car in cars:
        name, unit = (
            (pseudonym(key, car.plate), CONFIDENTIAL_UNIT) if car.is_confidential else (car.plate, car.unit_code)
        )
        names[name] = car.vehicle_id
        last = None if car.last_drawn is None else Week(car.last_drawn)
        written.append(Car(name, unit, last, Week(car.waits_since)))
    units = sorted({(car.unit_code, car.unit_name) for car in cars if not car.is_confidential})
    return Frame(week, at, tuple(sorted(written, key=lambda car: car.name)), tuple(units)), names


async def faults_of(conn: Connection, found: StoredDraw) -> list[Fault]:
    """What is wrong with a stored draw: in itself, against its commitment, its rows, and the audit chain."""
    week = Week(found.week)
    (commitment,) = [one for one in await draws.commitments(conn, week) if one.attempt == found.attempt]
    told = found.told
    faults = verify(told, digest=found.digest.hex(), seed_sha256=commitment.seed_sha256)
    if faults and "frame" not in told:
        return faults
    cars = await draws.names(conn, found.id)
    if {car.name: car.why for car in cars if car.why} != dict(chosen_names(told)):
        faults.append(("抽查记录与抽中车辆不符", "the sheets are not those of the cars that were chosen"))
    if [car.name for car in cars] != sorted(name for name, *_ in told["frame"]["cars"]):
        faults.append(("名单与库中不符", "the frame is not the one in the database"))
    for car in cars:
        if car.name not in (car.plate, pseudonym(commitment.key, car.plate)):
            faults.append(
                (f"{car.name} 不是该车的号牌或代号", f"{car.name} is neither that car's plate nor its pseudonym")
            )
    return faults + await _faults_of_audit(conn, found, commitment)


async def _faults_of_audit(conn: Connection, found: StoredDraw, commitment: StoredCommitment) -> list[Fault]:
    """The chain must hold the promise, and after it the draw, each as it is stored."""
    entries = await audit.about(conn, subject_of(Week(found.week)), limit=10_000)
    told = {
        (entry.deed.act, entry.deed.details.get("attempt")): (entry.number, entry.deed.details)
        for entry in reversed(entries)
    }
    promise, drawn = told.get(("commit_draw", found.attempt)), told.get(("draw", found.attempt))
    if promise is None or drawn is None or promise[0] >= drawn[0]:
        return [
            ("审计链中没有先承诺、后抽签的记录", "the audit chain does not hold the promise and, after it, the draw")
        ]
    faults = []
    if promise[1]["seed_sha256"] != commitment.seed_sha256 or promise[1]["key_sha256"] != commitment.key_sha256:
        faults.append(
            ("种子或密钥不是审计链中承诺的", "the seed or the key is not the one promised in the audit chain")
        )
    if not hmac.compare_digest(str(drawn[1]["digest"]), found.digest.hex()):
        faults.append(("摘要不是审计链中的摘要", "the digest is not the one in the audit chain"))
    return faults


def _commitment(made: StoredCommitment, drawn: Sequence[StoredDraw]) -> Commitment:
    replaces = Replaced(drawn[-1].digest.hex(), made.reason or "") if drawn else None
    return Commitment(
        week=Week(made.week),
        attempt=made.attempt,
        seed=made.seed,
        key_sha256=made.key_sha256,
        committed_at=made.committed_at,
        replaces=replaces,
    )


def _drawn_already(week: Week) -> Problem:
    return Problem(
        f"{week} 已经抽签；重抽须说明理由（--again-because）",
        f"{week} is drawn already; another draw needs its reason (--again-because)",
    )
