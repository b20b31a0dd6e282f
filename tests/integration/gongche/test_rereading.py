"""What could not be read is read again, and is then as if it had been read the first time."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from fleet.clock import MINUTE_US
from fleet.message import Rejection, UnreadableMessage
from gongche.commands import unreadable
from gongche.intake import DatabaseStore, take_in_unassigned
from gongche.problem import Problem
from gongche.rereading import FutureError, Reread, reread
from ingest.message import Received
from ingest.pipeline import take_in
from store import messages, tracker_health
from store.database import Connection, connect
from store.messages import Chosen
from tests.builders.intake import NOON, RECEIVED_US, fit, message, position

PLATE = "苏N00001"
TWO_HOURS_US = 120 * MINUTE_US
BYTES_MAX = 1_000_000

APP = typer.Typer()
APP.add_typer(unreadable.app, name="unreadable")


@pytest.fixture
async def conn(database: str) -> AsyncIterator[Connection]:
    async with await connect(database, autocommit=True) as conn:
        yield conn


async def rows(conn: Connection, query: str) -> list[tuple[object, ...]]:
    return await (await conn.execute(query.encode())).fetchall()


async def state(conn: Connection) -> list[list[tuple[object, ...]]]:
    """Everything that pages, rules and counts of trackers are made of."""
    return [
        await rows(conn, query)
        for query in (
            "select vehicle_id, ts, lon_e7, lat_e7, flags, received_at from positions order by ts, lon_e7",
            "select vehicle_id, ts, received_at from latest_positions order by vehicle_id",
            "select day, positions, fixes, repeats, late, offsets_s, last_received_at from tracker_days order by day",
            "select tracker, day, reason, count from tracker_rejections where count > 0 order by 1, 2, 3",
            "select vehicle_id, min(since)::text from marks group by vehicle_id order by vehicle_id",
        )
    ]


async def took(conn: Connection, told: Sequence[Received]) -> dict[str, int]:
    return dict(await take_in(told, DatabaseStore(conn), payload_bytes_max=BYTES_MAX))


async def read_again(
    conn: Connection, chosen: Chosen | None = None, *, behind_min: int = 0, at_once: int = 2
) -> Reread:
    return await reread(
        conn,
        chosen or Chosen("clock_ahead" if behind_min else None),
        NOON + timedelta(days=1),
        payload_bytes_max=BYTES_MAX,
        behind=timedelta(minutes=behind_min),
        at_once=at_once,
    )


async def put_aside(conn: Connection, payload: object, reason: str = "decoder_failed", kept: int | None = None) -> None:
    """As an earlier version of the program would have, of a message that this one can read."""
    whole = json.dumps(payload).encode()
    sha256 = hashlib.sha256(whole).digest()
    entry = UnreadableMessage("v1/T1/position", whole[:kept], sha256, -1, len(whole), reason, "", RECEIVED_US)
    await messages.add_unreadable(conn, [entry])


DRIVE = [
    message(position(ts=f"2026-10-02T11:5{n}:00+08:00", lon=118.3 + n / 100), received_us=RECEIVED_US + n)
    for n in range(5)
]


def by_a_clock_behind(told: Sequence[Received]) -> list[Received]:
    return [one._replace(received_us=one.received_us - TWO_HOURS_US) for one in told]


async def test_what_came_while_our_clock_was_behind_is_as_if_it_had_been_right(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await conn.execute("truncate marks")
    assert await took(conn, DRIVE) == {"stored": 5}
    right = await state(conn)
    await conn.execute("truncate marks, positions, latest_positions, tracker_days, tracker_rejections")

    assert await took(conn, by_a_clock_behind(DRIVE)) == {"clock_ahead": 5}
    assert (await read_again(conn)).still == {"clock_ahead": 5}, "our clock being right, it is theirs"
    assert await rows(conn, "select count(*) from positions") == [(0,)]

    # In one batch, as the offsets of a tracker's day are those of its batches.
    done = await read_again(conn, behind_min=120, at_once=100)
    assert (done.messages, done.read, done.outcomes, done.still) == (5, 5, {"stored": 5}, {})
    assert await state(conn) == right
    assert await messages.unread(conn) == []


async def test_read_again_once_more_there_is_nothing_left_to_read(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await took(conn, by_a_clock_behind(DRIVE))
    assert (await read_again(conn, behind_min=120)).outcomes == {"stored": 5}
    once = await state(conn)
    assert await read_again(conn, behind_min=120) == Reread()
    assert await state(conn) == once


async def test_of_a_message_that_was_put_aside_for_a_part_of_it_the_rest_is_not_stored_twice(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    told = message([position(), position(ts="2026-10-02T14:00:00+08:00"), position(lat=91)])
    assert await took(conn, [told]) == {"stored": 1, "clock_ahead": 1, "out_of_range": 1}
    for _ in range(3):
        assert (await read_again(conn)).still == {"clock_ahead": 1}
    done = await read_again(conn, behind_min=120)
    assert done.outcomes == {"stored": 1}, "the good and the bad element were told the first time"
    assert await rows(conn, "select count(*) from positions") == [(2,)]
    assert await rows(conn, "select positions, repeats from tracker_days") == [(2, 0)]
    assert await rows(conn, "select reason, count from tracker_rejections where count > 0") == [("out_of_range", 1)]
    assert [(one.reason, one.messages, one.whole) for one in await messages.unread(conn)] == [("out_of_range", 1, 0)]


async def test_what_an_earlier_version_could_not_read_is_taken_in_and_its_bad_elements_are_told(
    conn: Connection,
) -> None:
    await fit(conn, {"T1": PLATE})
    await put_aside(conn, [position(), position(lat=91)])
    done = await read_again(conn)
    assert done.outcomes == {"stored": 1, "out_of_range": 1}
    assert await rows(conn, "select reason, element, reread_at is null from unreadable_messages order by id") == [
        ("decoder_failed", -1, False),
        ("out_of_range", 1, True),
    ]


async def test_of_what_can_be_read_now_but_is_ahead_the_good_part_is_taken_in(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await put_aside(conn, [position(), position(ts="2026-10-02T14:00:00+08:00"), position(lat=91)])
    done = await read_again(conn)
    assert (done.outcomes, done.still) == ({"stored": 1, "clock_ahead": 1, "out_of_range": 1}, {"clock_ahead": 1})
    assert (await read_again(conn)).outcomes == {}, "what was told is not told again"
    assert [one.reason for one in await messages.unread(conn)] == ["clock_ahead", "out_of_range"]
    assert (await read_again(conn, behind_min=120)).outcomes == {"stored": 1}
    assert await rows(conn, "select positions, repeats from tracker_days") == [(2, 0)]


async def test_a_clock_that_was_days_behind_is_mended_as_well(conn: Connection) -> None:
    """A dead battery: the server starts with the time of a week ago, and terminals report in batches."""
    await fit(conn, {"T1": PLATE})
    told = message([position(), position(ts="2026-10-02T12:00:01+08:00"), position(lat=91)])
    a_week_min = 7 * 24 * 60
    early = told._replace(received_us=told.received_us - a_week_min * MINUTE_US)
    assert await took(conn, [early]) == {"clock_ahead": 1, "out_of_range": 1}
    assert (await read_again(conn, behind_min=a_week_min)).outcomes == {"stored": 2}
    assert await rows(conn, "select distinct received_at from positions") == [(NOON + timedelta(seconds=1),)]


async def test_a_clock_cannot_have_been_so_much_behind_that_they_came_later_than_now(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await took(conn, by_a_clock_behind(DRIVE))
    with pytest.raises(FutureError):
        await read_again(conn, behind_min=7200)
    assert await rows(conn, "select count(*) from positions") == [(0,)]


async def test_what_the_database_refuses_stays_and_keeps_nothing_else_back(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    for place in range(7):
        await put_aside(conn, position(lon=118.0 + place / 10))
    await conn.execute("alter table positions add constraint none_there check (lon_e7 <> 1183000000)")
    done = await read_again(conn, at_once=100)
    assert (done.messages, done.read, done.outcomes, done.still) == (7, 6, {"stored": 6}, {"refused": 1})
    assert (await read_again(conn)).still == {"refused": 1}


async def test_of_a_topic_that_no_format_read_the_rejection_is_taken_back_from_nobody(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await put_aside(conn, position(), "unknown_topic")
    day = (NOON + timedelta(hours=8)).date()
    await tracker_health.count_rejections(conn, [Rejection("", day, "unknown_topic", 1, RECEIVED_US)])
    assert (await read_again(conn)).outcomes == {"stored": 1}
    assert await rows(conn, "select count from tracker_rejections") == [(0,)]


async def test_what_was_on_no_car_waits_for_its_fitting(conn: Connection) -> None:
    await put_aside(conn, position())
    assert (await read_again(conn)).outcomes == {"unknown_tracker": 1}
    await fit(conn, {"T1": PLATE})
    assert await take_in_unassigned(conn) == 1
    assert await rows(conn, "select ts from positions") == [(NOON,)]


async def test_only_what_was_chosen_is_read(conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await took(conn, by_a_clock_behind(DRIVE))
    await put_aside(conn, position())
    assert (await read_again(conn, Chosen("decoder_failed"))).outcomes == {"stored": 1}
    their_time = NOON + timedelta(seconds=1) - timedelta(hours=2)
    third = Chosen("clock_ahead", their_time + timedelta(microseconds=2), their_time + timedelta(microseconds=3))
    assert (await read_again(conn, third, behind_min=120)).outcomes == {"stored": 1}
    assert await rows(conn, "select ts from positions order by ts") == [(NOON - timedelta(minutes=8),), (NOON,)]


async def test_what_was_not_kept_whole_cannot_be_read_again(conn: Connection) -> None:
    await put_aside(conn, position(), kept=20)
    assert [(one.reason, one.messages, one.whole) for one in await messages.unread(conn)] == [("decoder_failed", 1, 0)]
    assert await read_again(conn) == Reread()


async def test_two_who_read_again_at_once_read_each_message_once(database: str, conn: Connection) -> None:
    await fit(conn, {"T1": PLATE})
    await took(conn, by_a_clock_behind(DRIVE))
    async with await connect(database, autocommit=True) as other, other.transaction():
        assert len(await messages.rereadable(other, Chosen("clock_ahead"), 0, 3)) == 3
        assert (await read_again(conn, behind_min=120)).outcomes == {"stored": 2}
    assert (await read_again(conn, behind_min=120)).outcomes == {"stored": 3}


def told_to(*words: str) -> tuple[int, str]:
    """Exit status and what was printed."""
    result = CliRunner().invoke(APP, ["unreadable", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


@pytest.fixture
async def told(database: str, conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five messages that came while our clock was behind, and one that is junk: commands take the machine's time."""
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)
    await fit(conn, {"T1": PLATE})
    now_us = time.time_ns() // 1_000
    lately = [message(position(ts=now_us // 1_000 - n), received_us=now_us - TWO_HOURS_US) for n in range(5)]
    await took(conn, [*lately, message(b"junk")])


@pytest.mark.usefixtures("told")
def test_the_operator_sees_what_waits_and_has_it_read(database: str) -> None:
    status, said = told_to("list", "--format", "json")
    assert status == 1
    assert [(one["reason"], one["messages"], one["whole"]) for one in json.loads(said)] == [
        ("clock_ahead", 5, 5),
        ("not_json", 1, 1),
    ]
    assert "时钟有误" in told_to("list")[1]
    since = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    until = since + timedelta(hours=2)
    span = ["--since", f"{since:%Y-%m-%dT%H:%M:%S%z}", "--until", f"{until:%Y-%m-%dT%H:%M:%S%z}"]
    chosen = ["reread", "--reason", "clock_ahead", *span]
    with pytest.raises(Problem, match="later than now"):
        told_to(*chosen, "--clock-behind-min", "7200")
    status, said = told_to(*chosen, "--clock-behind-min", "120", "--by", "王芳", "--format", "json")
    assert (status, json.loads(said)) == (0, {"messages": 5, "read": 5, "outcomes": {"stored": 5}, "still": {}})
    with psycopg.connect(database) as conn:
        entries = conn.execute("select actor, subject, details from audit_entries order by number").fetchall()
    told = {"reason": "clock_ahead", "since": since.isoformat(), "until": until.isoformat(), "clock_behind_s": 7200}
    assert entries == [("王芳", "clock_ahead", told)], "of what was refused there is no entry"
    status, said = told_to("reread", "--format", "json")
    assert (status, json.loads(said)["still"]) == (1, {"not_json": 1})


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--since", "2026-10-02T09:00:00", "--until", "2026-10-02T11:00:00"],
        ["--reason", "clock_ahead", "--since", "2026-10-02T09:00:00"],
        ["--reason", "not_json", "--since", "2026-10-02T09:00:00", "--until", "2026-10-02T11:00:00"],
    ],
)
def test_who_says_that_our_clock_was_behind_says_when(words: list[str]) -> None:
    with pytest.raises(Problem, match="say when our clock was behind"):
        told_to("reread", "--clock-behind-min", "120", *words)
