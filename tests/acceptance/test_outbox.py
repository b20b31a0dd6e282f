"""Two workers that are killed at random while letters are put in: each letter arrives once, or is told as unsure."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import re
import signal
import time
from collections import Counter
from dataclasses import replace

import psycopg
import pytest

from fleet.role import Role
from fleet.violation import Severity
from gongche import logs
from gongche.sender import SenderPace
from gongche.settings import Settings
from gongche.working import Pace, run_work
from oversight import letter_text
from oversight.delivery import Patience
from oversight.letter import Letter, LetterKind, Wording
from oversight.target import Target
from store import outbox, targets
from store.database import connect
from store.people import By
from store.targets import StoredTarget
from tests.acceptance.program import eventually
from tests.builders.receivers import WebReceiver, web_receiver
from tests.fixtures.pages import NOON

LETTERS = 100
PACE = Pace(
    look_s=0.5,
    fetch_s=0.5,
    letters=SenderPace(
        look_s=0.05, attempt_s=2, given_up_s=4, patience=Patience(first_s=0.2, longest_s=1, most_attempts=20)
    ),
)
STAFF = Target(id=0, name="", roles=frozenset({Role.STAFF}))


def work(dsn: str) -> None:
    """``gongche work`` in a hurry, until it is told to stop or killed."""
    logs.configure("work")
    letter_text.MOST_LINES = 1_000  # so that each letter of a bundle can be counted

    async def until_told() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await run_work(dsn, Settings(_env_file=None), stop, pace=PACE)

    asyncio.run(until_told())


class Worker:
    """A process that is started anew whenever it was killed."""

    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.acceptance.test_outbox"])  # so that a start takes no seconds

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.start()

    def start(self) -> None:
        self.process = self.processes.Process(target=work, args=(self.dsn,), daemon=True)
        self.process.start()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def stop(self) -> int | None:
        self.process.terminate()
        self.process.join(30)
        return self.process.exitcode


@pytest.mark.timeout(240)
def test_each_letter_arrives_once_or_is_marked_whoever_is_killed(database: str) -> None:
    chance = random.Random(7)
    # Slow enough that a kill often finds one on its way.
    with web_receiver(delay_s=0.15) as hook, web_receiver(delay_s=0.15) as people:
        asyncio.run(add_targets(database, hook, people))
        workers, put_in, kills = [Worker(database) for _ in range(2)], 0, 0
        try:
            while put_in < LETTERS:
                for _ in range(chance.randint(1, 9)):
                    put_in += 1
                    asyncio.run(put(database, put_in))
                time.sleep(chance.uniform(0.5, 4.0))  # a start takes a second or two
                victims = workers if chance.random() < 0.3 else [chance.choice(workers)]
                for victim in victims:
                    victim.kill()
                    kills += 1
                for victim in victims:
                    victim.start()
            eventually(lambda: not open_deliveries(database), "not all came to an end")
        finally:
            ended = [worker.stop() for worker in workers]
    states, got_hook, got_people = states_of(database), Counter(hook.ids()), people_got(people)
    print(
        f"{put_in} letters, {kills} kills; webhook {dict(Counter(states['程序'].values()))}, repeats by id "
        f"{sum(got_hook.values()) - len(got_hook)}; people {dict(Counter(states['值班'].values()))}"
    )
    assert kills > 10
    assert set(ended) <= {0, -signal.SIGTERM}, "one did not stop; -SIGTERM: told so before it was up"
    assert len(states["程序"]) == len(states["值班"]) == put_in
    # The webhook drops what it has by its id: nothing is missing, nothing is there twice.
    assert len(got_hook) == put_in
    assert set(states["程序"].values()) == {"sent"}
    # People got nothing twice; what they may not have got is told.
    assert set(got_people.values()) == {1}
    assert set(states["值班"].values()) <= {"sent", "unsure"}
    assert {key for key, state in states["值班"].items() if state == "sent"} <= set(got_people)


async def add_targets(dsn: str, hook: WebReceiver, people: WebReceiver) -> None:
    by = By("cli:ops", "operator", NOON)
    async with await connect(dsn, autocommit=True) as conn:
        webhook = replace(STAFF, name="程序", is_webhook=True)
        await targets.add(conn, by, StoredTarget(webhook, ""), f"http://127.0.0.1:{hook.port}/")
        robot = replace(STAFF, name="值班")
        await targets.add(conn, by, StoredTarget(robot, ""), f"json://127.0.0.1:{people.port}/")


async def put(dsn: str, number: int) -> None:
    letter = Letter(
        key=f"alert/{number}",
        kind=LetterKind.ALERT,
        severity=Severity.MEDIUM,
        subject=Wording(f"第<{number}>封", f"Letter {number}"),
        body=Wording("", ""),
        roles=frozenset({Role.STAFF}),
    )
    async with await connect(dsn) as conn:
        assert await outbox.put(conn, letter, NOON)


def people_got(people: WebReceiver) -> Counter[str]:
    """How often each letter was told to people."""
    told = Counter[str]()
    for request in people.received:
        said = request.json
        # A single letter's text is its subject: it has no body of its own.
        told.update(f"alert/{number}" for number in set(re.findall(r"第<(\d+)>封", said["title"] + said["message"])))
    return told


def open_deliveries(dsn: str) -> int:
    with psycopg.connect(dsn) as conn:
        row = conn.execute(
            "select (select count(*) from letters where addressed_at is null)"
            " + (select count(*) from deliveries where state in ('waiting', 'sending'))"
        ).fetchone()
    assert row is not None
    return int(row[0])


def states_of(dsn: str) -> dict[str, dict[str, str]]:
    """Of each target each letter's state."""
    with psycopg.connect(dsn) as conn:
        rows = conn.execute(
            "select t.name, l.key, d.state from deliveries d join letters l on l.id = d.letter_id"
            " join targets t on t.id = d.target_id"
        ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for target, key, state in rows:
        found.setdefault(target, {})[key] = state
    return found
