"""Fittings entered late or corrected: all ends as if they had been known from the beginning."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from fleet.clock import SHANGHAI, moment_of, us_of
from fleet.decision import Outcome
from fleet.history import Conflicts
from fleet.position import E7
from fleet.span import Span
from gongche.deciding import decided
from gongche.intake import DatabaseStore, take_in_unassigned
from gongche.judge import Judge
from gongche.settings import Settings
from ingest.assign import assign
from ingest.decode import decode
from ingest.message import Received
from ingest.pipeline import take_in
from store import judging
from store.database import Connection, connect
from store.fleet import (
    NewFitting,
    NewTracker,
    NewUnit,
    NewVehicle,
    Refitted,
    correct_fittings,
    save_fittings,
    save_trackers,
    save_units,
    save_vehicles,
)
from tests.builders.district import judged_tables
from tests.builders.intake import message, position
from tests.builders.tracks import Fix, at, drive, stand

NINE = datetime(2026, 10, 1, 9, tzinfo=SHANGHAI)
"""On National Day, when driving is a violation."""
PLATES = ["苏N00001", "苏N00002", "苏N00003"]
A, B, C = PLATES
TRACKERS = ["T1", "T2", "T3"]
SETTINGS = Settings(_env_file=None)


def after(minutes: float | None) -> datetime | None:
    return None if minutes is None else NINE + timedelta(minutes=minutes)


def on(tracker: str, plate: str | None, start: float | None, end: float | None = None) -> NewFitting:
    return NewFitting(tracker, plate, Span(after(start), after(end)))


def told(fix: Fix, **more: Any) -> dict[str, Any]:
    """A position, its minutes counted from nine."""
    ts = moment_of(fix.ts_us - at().ts_us + us_of(NINE))
    return position(ts.isoformat(), fix.lon_e7 / E7, fix.lat_e7 / E7, **more)


@pytest.fixture
async def conn(database: str) -> AsyncIterator[Connection]:
    async with await connect(database, autocommit=True) as conn:
        await register(conn)
        yield conn


async def register(conn: Connection) -> None:
    await save_units(conn, [NewUnit("U1", "局")])
    await save_vehicles(conn, [NewVehicle(plate, "U1") for plate in PLATES])
    await save_trackers(conn, [NewTracker(code) for code in TRACKERS])


async def take(conn: Connection, *messages: Received) -> None:
    await take_in(messages, DatabaseStore(conn), payload_bytes_max=1_000_000)


async def rows(conn: Connection, query: str) -> list[tuple[Any, ...]]:
    return await (await conn.execute(query.encode())).fetchall()


async def whose(conn: Connection) -> list[tuple[str, float]]:
    """Plate and minute of each position."""
    found = await rows(conn, "select plate, ts from positions join vehicles on id = vehicle_id order by ts, plate")
    return [(plate, (ts - NINE) / timedelta(minutes=1)) for plate, ts in found]


async def test_a_swap_entered_days_later_divides_the_day_at_its_minute(conn: Connection) -> None:
    await save_fittings(conn, [on("T1", A, 0), on("T2", B, 0)])
    await take(conn, message([told(at(m)) for m in (10, 20, 30)], "T1"))
    await take(conn, message([told(at(m, east_m=50)) for m in (10, 20, 30)], "T2"))
    await conn.execute("truncate marks")
    done = await save_fittings(conn, [on("T1", B, 15), on("T2", A, 15)])
    assert (done.moved.positions, done.moved.unassigned, done.moved.repeated) == (4, 0, 0)
    found = await rows(
        conn,
        "select t.code, v.plate, p.ts from positions p join trackers t on t.id = tracker_id"
        " join vehicles v on v.id = vehicle_id order by 1, 3",
    )
    assert found == [(tracker, plate, after(m)) for tracker, first, then in (("T1", A, B), ("T2", B, A))
                     for m, plate in ((10, first), (20, then), (30, then))]  # fmt: skip
    marked = await rows(conn, "select plate, since from marks join vehicles on vehicles.id = vehicle_id")
    assert {(A, after(20)), (B, after(20))} <= set(marked), "from the earliest that moved, whatever else marks them"
    assert await rows(conn, "select count(*) from latest_positions where ts = '2026-10-01 09:30+08'") == [(2,)]


async def test_two_trackers_without_a_fix_at_one_instant_keep_both_positions_over_a_swap(conn: Connection) -> None:
    await save_fittings(conn, [on("T1", A, 0), on("T2", B, 0)])
    for tracker, speed_kmh in (("T1", 11), ("T2", 22)):
        await take(conn, message(position(after(30).isoformat(), 0, 0, speed_kmh=speed_kmh), tracker))  # type: ignore[union-attr]
    done = await save_fittings(conn, [on("T1", B, 20), on("T2", A, 20)])
    assert done.moved.repeated == 0
    assert await rows(conn, "select plate, speed_kmh from positions join vehicles on id = vehicle_id order by 1") == [
        (A, 22.0), (B, 11.0)
    ]  # fmt: skip


async def test_what_came_after_an_end_entered_late_is_kept_and_is_the_next_cars(conn: Connection) -> None:
    await save_fittings(conn, [on("T1", A, 0)])
    await take(conn, message([told(at(m), speed_kmh=m, fuel_l=40.5, satellites=9) for m in (10, 20, 30)], "T1"))
    before = await rows(conn, "select ts, lon_e7, lat_e7, speed_kmh, altitude_m, satellites, fuel_l, flags, tracker_id,"
                        " received_at from positions order by ts")  # fmt: skip
    assert (await save_fittings(conn, [on("T1", A, 0, 15)])).moved.unassigned == 2
    assert await whose(conn) == [(A, 10)]
    assert await rows(conn, "select ts from latest_positions") == [(after(10),)]
    done = await save_fittings(conn, [on("T1", B, 15)])
    assert (done.moved.positions, done.moved.unassigned) == (2, 0)
    assert await whose(conn) == [(A, 10), (B, 20), (B, 30)]
    assert before == await rows(conn, "select ts, lon_e7, lat_e7, speed_kmh, altitude_m, satellites, fuel_l, flags,"
                                " tracker_id, received_at from positions order by ts")  # fmt: skip
    assert await rows(conn, "select count(*) from unassigned_positions") == [(0,)]


async def test_a_vehicle_that_loses_all_its_positions_is_shown_nowhere(conn: Connection) -> None:
    await save_fittings(conn, [on("T1", A, 0)])
    await take(conn, message(told(at(10)), "T1"))
    await correct_fittings(conn, [on("T1", None, 0)], "装错车")
    assert await rows(conn, "select * from latest_positions") == []
    assert await rows(conn, "select plate, superseded_because from superseded_fittings join vehicles v on"
                      " v.id = vehicle_id") == [(A, "装错车")]  # fmt: skip


async def test_a_repeat_that_lies_with_the_vehicle_already_is_counted(conn: Connection) -> None:
    """As databases hold that were filled when positions did not move yet."""
    await save_fittings(conn, [on("T1", A, 0)])
    await take(conn, message(told(at(30)), "T1"))
    await conn.execute(
        "insert into positions (vehicle_id, ts, lon_e7, lat_e7, flags, tracker_id)"
        " select v.id, ts, lon_e7, lat_e7, flags, tracker_id from positions, vehicles v where plate = %s", (B,)
    )  # fmt: skip
    done = await save_fittings(conn, [on("T1", B, 20)])
    assert (done.moved.positions, done.moved.repeated) == (1, 1)
    assert await whose(conn) == [(B, 30)]
    assert await rows(conn, "select count from ingest_counts where outcome = 'repeated'") == [(1,)]


async def test_what_is_taken_in_at_that_moment_moves_as_well(conn: Connection, database: str) -> None:
    """A batch has read the fittings and not stored its positions yet when the swap is entered."""
    await save_fittings(conn, [on("T1", A, 0)])
    reports = decode([message(told(at(30)), "T1")], 1_000_000)
    async with await connect(database, autocommit=True) as ingest, await connect(database, autocommit=True) as centre:
        async with DatabaseStore(ingest).transaction() as transaction:
            known = await transaction.fittings(list(reports.trackers))
            swap = asyncio.create_task(save_fittings(centre, [on("T1", B, 20)]))
            await waiting_for_a_lock(conn)
            await transaction.store(assign(reports, known))
        await swap
    assert await whose(conn) == [(B, 30)]


async def waiting_for_a_lock(conn: Connection) -> None:
    """Until somebody waits for it."""
    async with asyncio.timeout(30):
        while await rows(conn, "select from pg_locks where locktype = 'advisory' and not granted") == []:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.01)


async def test_positions_kept_of_a_tracker_fitted_from_the_middle_of_them(conn: Connection) -> None:
    batch = [told(at(m)) for m in (10, 50, 20, 30, 40)]
    await take(conn, message(batch, "T9"), message(told(at(60)), "T9"))
    await save_trackers(conn, [NewTracker("T9")])
    await save_fittings(conn, [on("T9", A, 25, 45), on("T9", B, 55)])
    assert await take_in_unassigned(conn) == 2
    assert await whose(conn) == [(A, 30), (A, 40), (B, 60)]
    assert await rows(conn, "select waiting from unassigned_messages where taken_in_at is null") == [
        ([after(10), after(20), after(50)],)
    ]
    assert await take_in_unassigned(conn) == 0
    await save_fittings(conn, [on("T9", C, 45, 55)])
    await save_fittings(conn, [on("T9", C, None, 25)])
    assert await take_in_unassigned(conn) == 1
    assert await whose(conn) == [(C, 10), (C, 20), (A, 30), (A, 40), (C, 50), (B, 60)]


async def judged(dsn: str) -> None:
    with judging.connect(dsn) as judges:
        Judge(judges, SETTINGS, clock=lambda: NINE + timedelta(hours=5)).until_idle()


async def holiday_use(conn: Connection) -> list[tuple[Any, ...]]:
    """Plate, whether it was withdrawn, whether its evidence changed since it was decided."""
    return await rows(
        conn,
        "select plate, withdrawn_at is not null, evidence_changed from violations v join vehicles on vehicles.id ="
        " vehicle_id where rule_id = 'R06' order by v.id",
    )


async def test_a_violation_that_stood_on_positions_of_another_car_is_withdrawn_and_found_there(
    conn: Connection, database: str
) -> None:
    await save_fittings(conn, [on("T1", A, 0)])
    await take(conn, message([told(fix) for fix in drive(30, 40, from_m=0, to_m=24_000)], "T1"))
    await judged(database)
    assert await holiday_use(conn) == [(A, False, False)]
    await save_fittings(conn, [on("T1", B, 20)])
    await judged(database)
    assert await holiday_use(conn) == [(A, True, False), (B, False, False)]


async def test_a_decided_violation_stands_and_is_marked_when_its_positions_turn_out_to_be_another_cars(
    conn: Connection, database: str
) -> None:
    await save_fittings(conn, [on("T1", A, 0)])
    await take(conn, message([told(fix) for fix in drive(30, 40, from_m=0, to_m=24_000)], "T1"))
    await judged(database)
    (violation,) = await rows(conn, "select id from violations where rule_id = 'R06'")
    await decided(conn, violation[0], Outcome.VIOLATION, by="王五", reason="本人承认")
    as_decided = "select start_at, end_at, evidence, positions_sha256 from violations where rule_id = 'R06' order by id"
    before = await rows(conn, as_decided)
    await correct_fittings(conn, [on("T1", B, 0)], "装拆单抄错车牌")
    await judged(database)
    assert await holiday_use(conn) == [(A, False, True), (B, False, False)]
    assert (await rows(conn, as_decided))[:1] == before


# The property --------------------------------------------------------------------------------------------------------

Step = Callable[[Connection], Any]


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_the_order_all_ends_as_if_fittings_had_been_known_from_the_beginning(
    database: str, other_database: str, seed: int
) -> None:
    chance = random.Random(seed)
    messages, changes = everything_sent(chance), changes_of_fittings(chance)
    known_first = await world(database, [*changes, *messages], chance, interrupted=False)
    late = [*messages, *chance.sample(messages, 3)]
    chance.shuffle(late)
    for change in changes:  # in their order: each says what was believed then
        place = chance.randint(0, len(late))
        late.insert(place, change)
    order = iter(changes)
    late = [next(order) if step in changes else step for step in late]
    entered_late = await world(other_database, late, chance, interrupted=True)
    assert entered_late == known_first
    assert known_first["judged"]["violations"]
    kept = {(code, ts) for _, code, ts, *_ in known_first["positions"]} | set(known_first["of nobody"])
    assert len(kept) == len(set().union(*(step.instants for step in messages)))


def everything_sent(chance: random.Random) -> list[Sent]:
    """Each tracker drives and stands for some hours, by places of its own; batches of any size, now and then no fix."""
    steps: list[Sent] = []
    for number, tracker in enumerate(TRACKERS):
        fixes: list[Fix] = []
        for leg in range(6):
            start, from_m = leg * 40 + number, leg * 5_000 + number * 700
            fixes += drive(start, 22, from_m=from_m, to_m=from_m + 9_000, every_s=60)
            fixes += stand(start + 23, 15, at_m=from_m + 9_000, every_s=180)
        sent = [told(fix, speed_kmh=number * 10.0 + 20) for fix in fixes]
        sent += [position(after(leg * 40 + 5).isoformat(), 0, 0, fuel_l=number) for leg in range(6)]  # type: ignore[union-attr]
        if chance.random() < 0.5:
            chance.shuffle(sent)
        while sent:
            size = chance.choice([1, 4, 25])
            steps.append(Sent(message(sent[:size], tracker)))
            del sent[:size]
    return steps


class Sent:
    """A message arrives."""

    def __init__(self, received: Received) -> None:
        self._received = received
        self.instants = {
            (received.topic, datetime.fromisoformat(element["ts"])) for element in json.loads(received.payload)
        }

    async def __call__(self, conn: Connection) -> None:
        await take(conn, self._received)


class Changed:
    """Fittings are entered, or corrected; what contradicts the history is refused, as it is in a sheet."""

    def __init__(self, fittings: Sequence[NewFitting], correcting: bool) -> None:
        self._fittings, self._correcting = fittings, correcting

    async def __call__(self, conn: Connection) -> Refitted | None:
        try:
            if self._correcting:
                return await correct_fittings(conn, self._fittings, "记错了")
            return await save_fittings(conn, self._fittings)
        except Conflicts:
            return None


def changes_of_fittings(chance: random.Random) -> list[Step]:
    steps: list[Step] = [Changed([on(*pair, 0) for pair in zip(TRACKERS, PLATES, strict=True)], False)]
    for _ in range(6):
        start = chance.choice([0, 7, 40, 61, 100, 100.5, 155])
        one, other = chance.sample(TRACKERS, 2)
        plate, other_plate = chance.sample(PLATES, 2)
        end = chance.choice([None, start + 30, start + 90])
        correcting = chance.random() < 0.5
        if chance.random() < 0.3:
            steps.append(Changed([on(one, plate, start), on(other, other_plate, start)], correcting))
        elif correcting and chance.random() < 0.3:
            steps.append(Changed([on(one, None, start, end)], True))
        else:
            steps.append(Changed([on(one, plate, start, end)], correcting))
    return steps


async def world(dsn: str, steps: Sequence[Step], chance: random.Random, *, interrupted: bool) -> dict[str, Any]:
    """Everything that is stored and judged in the end; ``interrupted`` by judging and by taking in what was kept."""
    async with await connect(dsn, autocommit=True) as conn:
        await register(conn)
        with judging.connect(dsn) as judges:
            judge = Judge(judges, SETTINGS, clock=lambda: NINE + timedelta(hours=5))
            for step in steps:
                await step(conn)
                if interrupted and chance.random() < 0.3:
                    await take_in_unassigned(conn, 2)
                if interrupted and chance.random() < 0.3:
                    judge.until_idle()
            while await take_in_unassigned(conn):
                pass
            judge.until_idle()
        of_nobody = await rows(
            conn,
            "select tracker, unnest(waiting) from unassigned_messages where taken_in_at is null"
            " union select code, ts from unassigned_positions join trackers on id = tracker_id order by 1, 2",
        )
        stored = await rows(
            conn,
            "select plate, code, ts, lon_e7, lat_e7, speed_kmh, fuel_l, flags, received_at from positions"
            " join vehicles v on v.id = vehicle_id join trackers t on t.id = tracker_id order by 1, 2, 3, 4, 5",
        )
        assert len({(code, *place) for _, code, *place in stored}) == len(stored), "each is one vehicle's"
        latest = await rows(conn, "select * from latest_positions order by 1")
    with psycopg.connect(dsn) as read:
        read.execute("set time zone 'UTC'")
        return {"positions": stored, "of nobody": of_nobody, "latest": latest, "judged": judged_tables(read)}
