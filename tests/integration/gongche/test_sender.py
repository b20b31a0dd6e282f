"""Letters reach real receivers: once, signed, in time, with an end that is known; and no secret is ever told."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from fleet.clock import SHANGHAI
from fleet.role import Role
from fleet.violation import Severity
from gongche import logs
from gongche.carrier import SCHEMES, is_webhook, written_for_apprise
from gongche.problem import Problem
from gongche.sender import Claimed, Sender, SenderPace, claim
from oversight.delivery import DeliveryState
from oversight.letter import Letter, LetterKind, Wording
from oversight.target import LetterLanguage, QuietHours, Target
from store import audit, outbox, targets
from store.database import Connection, connect, open_pool, transaction
from store.people import By
from store.scope import EVERYTHING
from store.targets import StoredTarget
from tests.builders.receivers import mail_receiver, nobody, web_receiver
from tests.integration.api.builders import local

MORNING = local("2026-09-21 10:00")
OPERATOR = By("cli:ops", "operator", MORNING)
ALERT = Letter(
    key="alert/1",
    kind=LetterKind.ALERT,
    severity=Severity.HIGH,
    subject=Wording("疑似周末用车：苏N12345", "Suspected weekend use: 苏N12345"),
    body=Wording("疑似违规，待核实。", "Suspected, to be verified."),
    roles=frozenset({Role.STAFF}),
    path="/violations/1",
)
STAFF = Target(id=0, name="值班", roles=frozenset({Role.STAFF}))


class Office:
    """Targets, letters and a clock over one database."""

    def __init__(self, dsn: str) -> None:
        self.dsn, self.now = dsn, MORNING
        self.keys: dict[str, str] = {}

    def target(self, address: str, **told: Any) -> None:
        """A target, by default the staff's."""
        wanted = replace(STAFF, is_webhook=is_webhook(address), **told)
        unit_id = min(wanted.unit_ids) if wanted.unit_ids else None

        async def add(conn: Connection) -> str:
            return await targets.add(conn, OPERATOR, StoredTarget(wanted, "", unit_id), address)

        self.keys[wanted.name] = self.do(add)

    def put(self, *letters: Letter) -> None:
        async def add(conn: Connection) -> list[bool]:
            return [await outbox.put(conn, letter, self.now) for letter in letters]

        self.do(add)

    def letters(self, count: int) -> None:
        self.put(*(replace(ALERT, key=f"alert/{n}", severity=Severity.MEDIUM) for n in range(1, count + 1)))

    def send(self, **told: Any) -> None:
        """What may go now goes."""

        async def send() -> None:
            pool = await open_pool(self.dsn)
            try:
                pace = SenderPace(**told)
                await Sender(pool, SHANGHAI, lambda: self.now, public_url="https://gc.example/", pace=pace).until_idle()
            finally:
                await pool.close()

        asyncio.run(send())

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def states(self) -> list[tuple[str, str, str]]:
        """Letter, target and state, by letter and target."""
        found = self.do(lambda conn: outbox.listed(conn, scope=EVERYTHING, limit=10_000))
        return sorted((one.key, one.target or "", one.state or "") for one in found)

    def errors(self) -> list[str]:
        found = self.do(lambda conn: outbox.listed(conn, scope=EVERYTHING, limit=10_000))
        return [one.error or "" for one in found]

    def do(self, act: Callable[[Connection], Awaitable[Any]]) -> Any:
        async def done() -> Any:
            async with await connect(self.dsn) as conn:
                return await act(conn)

        return asyncio.run(done())

    def die_while_sending(self) -> Claimed:
        """A process notes that it begins, and is gone."""
        self.send_nothing()

        async def begun(conn: Connection) -> Claimed:
            claimed, _ = await claim(conn, SHANGHAI, self.now, set())
            assert claimed is not None
            return claimed

        found: Claimed = self.do(begun)
        return found

    def send_nothing(self) -> None:
        """New letters are addressed, nothing is begun."""
        self.send(most_at_once=0)


@pytest.fixture
def office(database: str) -> Office:
    return Office(database)


# Webhooks ---------------------------------------------------------------------------------------------------------


def test_a_webhook_gets_the_letter_signed(office: Office) -> None:
    with web_receiver() as receiver:
        office.target(f"http://127.0.0.1:{receiver.port}/hook")
        office.put(ALERT)
        office.send()
        office.send()
    (request,) = receiver.received
    timestamp, said = request.headers["Gongche-Timestamp"], request.headers["Gongche-Signature"]
    assert int(timestamp) == int(MORNING.timestamp())
    key = office.keys["值班"]
    assert said == "v1=" + hmac.new(key.encode(), f"{timestamp}.".encode() + request.body, hashlib.sha256).hexdigest()
    (letter,) = request.json["letters"]
    assert letter["subject"] == {"zh": ALERT.subject.zh, "en": ALERT.subject.en}
    assert letter["link"] == "https://gc.example/violations/1"
    assert not letter["may_be_repeat"]
    assert office.states() == [("alert/1", "值班", "sent")]


def test_many_letters_come_as_one_message(office: Office) -> None:
    with web_receiver() as hook, web_receiver() as people:
        office.target(f"http://127.0.0.1:{hook.port}/hook", name="程序")
        office.target(f"json://127.0.0.1:{people.port}/", name="值班")
        office.letters(30)
        office.put(replace(ALERT, key="alert/high", subject=Wording("要紧的", "Urgent")))
        office.send()
    assert len(hook.received) == len(people.received) == 1
    assert len(set(hook.ids())) == 31
    told = people.received[0].json
    assert told["title"] == "公车监督：31 条通知"
    assert told["message"].splitlines()[0] == "1. 【严重】要紧的"
    assert "……另有 11 条" in told["message"]
    assert {state for _, _, state in office.states()} == {"sent"}


# What fails -------------------------------------------------------------------------------------------------------


def test_what_surely_did_not_arrive_is_tried_again_until_it_is_given_up(office: Office) -> None:
    with nobody() as port:
        office.target(f"json://127.0.0.1:{port}/")
        office.put(ALERT)
        attempts = 0
        while office.states() != [("alert/1", "值班", "failed")]:
            office.send()
            office.later(hours=1)
            attempts += 1
        assert attempts == 8
        assert office.errors() == ["连不上 / cannot be reached"]


def test_what_failed_is_sent_when_the_receiver_is_back(office: Office) -> None:
    with web_receiver(status=500) as receiver:
        office.target(f"json://127.0.0.1:{receiver.port}/")
        office.put(ALERT)
        office.send()
        assert office.states() == [("alert/1", "值班", "waiting")]
        assert office.errors() == ["对方答复 HTTP 500 / answered HTTP 500"]
        receiver.status = 200
        office.send()
        assert len(receiver.received) == 1  # its minute is not over
        office.later(minutes=1)
        office.send()
    assert len(receiver.received) == 2
    assert "可能重复" not in receiver.received[1].json["title"]
    assert office.states() == [("alert/1", "值班", "sent")]


def test_what_may_have_arrived_is_not_sent_to_people_again(office: Office) -> None:
    with web_receiver(hangs_up=True) as receiver:
        office.target(f"json://127.0.0.1:{receiver.port}/")
        office.put(ALERT)
        for _ in range(5):
            office.send()
            office.later(hours=1)
    assert len(receiver.received) == 1
    assert office.states() == [("alert/1", "值班", "unsure")]


def test_it_is_sent_again_and_marked_where_the_target_has_it_so(office: Office) -> None:
    with web_receiver(hangs_up=True) as receiver:
        office.target(f"json://127.0.0.1:{receiver.port}/", again_when_unsure=True, language=LetterLanguage.BOTH)
        office.put(ALERT)
        office.send()
        receiver.hangs_up = False
        office.later(minutes=1)
        office.send()
    first, second = (request.json["title"] for request in receiver.received)
    assert first == f"【严重】{ALERT.subject.zh} / [high] {ALERT.subject.en}"
    assert second == f"【可能重复】【严重】{ALERT.subject.zh} / [may be a repeat] [high] {ALERT.subject.en}"


def test_a_webhook_gets_it_again_under_the_same_id(office: Office) -> None:
    with web_receiver(hangs_up=True) as receiver:
        office.target(f"http://127.0.0.1:{receiver.port}/hook")
        office.put(ALERT)
        office.send()
        receiver.hangs_up = False
        office.later(minutes=1)
        office.send()
    first, second = receiver.ids()
    assert first == second
    assert receiver.received[1].json["letters"][0]["may_be_repeat"]
    assert office.states() == [("alert/1", "值班", "sent")]


def test_a_slow_target_holds_no_other_up(office: Office) -> None:
    with web_receiver(delay_s=3) as slow, web_receiver() as quick:
        office.target(f"http://127.0.0.1:{slow.port}/", name="慢")
        office.target(f"http://127.0.0.1:{quick.port}/", name="快")
        office.letters(3)

        async def seen() -> tuple[int, int]:
            pool = await open_pool(office.dsn)
            sending = asyncio.create_task(
                Sender(pool, SHANGHAI, lambda: office.now, pace=SenderPace(look_s=0.02)).run()
            )
            async with asyncio.timeout(30):
                while len(quick.received) < 3:  # noqa: ASYNC110  (the receiver is a thread)
                    await asyncio.sleep(0.01)
            counted = len(slow.received), len(quick.received)
            sending.cancel()
            await asyncio.wait([sending])
            await pool.close()
            return counted

        assert asyncio.run(seen()) == (1, 3)
    # Told to stop, it waited for what it had in hand.
    assert [state for _, target, state in office.states() if target == "慢"].count("sent") == 1


@pytest.mark.parametrize(
    ("address", "answer", "state", "error"),
    [
        ("wecombot", b'{"errcode":0,"errmsg":"ok"}', "sent", ""),
        (
            "wecombot",
            b'{"errcode":93000,"errmsg":"invalid webhook url"}',
            "waiting",
            "对方答复 errcode 93000 / answered errcode 93000",
        ),
        ("wecombot", b"<html>", "unsure", "对方的答复无法理解 / the answer was not understood"),
        ("feishu", b'{"code":0}', "sent", ""),
        ("feishu", b'{"code":9499,"msg":"Bad Request"}', "waiting", "对方答复 code 9499 / answered code 9499"),
        (
            "dingtalk",
            b'{"errcode":310000,"errmsg":"sign not match"}',
            "waiting",
            "对方答复 errcode 310000 / answered errcode 310000",
        ),
        ("lark", b'{"code":19001}', "waiting", "对方答复 code 19001 / answered code 19001"),
    ],
)
def test_a_robot_that_answers_200_and_an_error_got_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch, address: str, answer: bytes, state: str, error: str
) -> None:
    with web_receiver(answer=answer) as receiver:
        here = f"http://127.0.0.1:{receiver.port}/"
        # Their servers are named in apprise; here they are on loopback.
        monkeypatch.setattr("apprise.plugins.wecombot.NotifyWeComBot.notify_url", here + "{key}")
        monkeypatch.setattr("apprise.plugins.feishu.NotifyFeishu.notify_url", here + "{token}")
        monkeypatch.setattr("apprise.plugins.dingtalk.NotifyDingTalk.notify_url", here + "{token}")
        monkeypatch.setattr("apprise.plugins.lark.NotifyLark.notify_url", here)
        token = {"wecombot": "a" * 36, "feishu": "b" * 36, "dingtalk": "c" * 40, "lark": "d" * 36}[address]
        office.target(f"{address}://{token}/")
        office.put(ALERT)
        office.send()
        assert len(receiver.received) == 1
    assert office.states() == [("alert/1", "值班", state)]
    assert office.errors() == [error]


# Mail -------------------------------------------------------------------------------------------------------------


def mail_address(port: int) -> str:
    return f"mailto://127.0.0.1:{port}?from=gongche@example.com&to=duty@example.com&mode=insecure"


def test_mail_arrives(office: Office) -> None:
    with mail_receiver() as receiver:
        office.target(mail_address(receiver.port))
        office.put(ALERT)
        office.send()
    (message,) = receiver.received
    assert ALERT.subject.zh in str(message["subject"])
    assert message["to"] == "duty@example.com"
    text = message.get_body(("plain", "html"))
    assert text is not None
    assert "待核实" in text.get_content()
    assert office.states() == [("alert/1", "值班", "sent")]


@pytest.mark.parametrize(("told", "state"), [({"refuses": True}, "waiting"), ({"hangs_up": True}, "unsure")])
def test_mail_that_was_refused_is_tried_again_and_mail_that_may_have_arrived_is_not(
    office: Office, told: dict[str, bool], state: str
) -> None:
    with mail_receiver(**told) as receiver:
        office.target(mail_address(receiver.port))
        office.put(ALERT)
        office.send()
    assert office.states() == [("alert/1", "值班", state)]


def test_a_mail_server_that_is_away_is_tried_again(office: Office) -> None:
    with nobody() as port:
        office.target(mail_address(port))
        office.put(ALERT)
        office.send()
    assert office.states() == [("alert/1", "值班", "waiting")]


# Processes that die -----------------------------------------------------------------------------------------------


def test_what_a_dead_process_had_begun_is_unsure(office: Office) -> None:
    with web_receiver() as receiver:
        office.target(f"json://127.0.0.1:{receiver.port}/")
        office.put(ALERT)
        office.die_while_sending()
        office.later(seconds=60)
        office.send()
        assert office.states() == [("alert/1", "值班", "sending")]  # it may be alive yet
        office.later(seconds=61)
        office.send()
    assert receiver.received == []
    assert office.states() == [("alert/1", "值班", "unsure")]


def test_a_webhook_is_told_again_after_a_death(office: Office) -> None:
    with web_receiver() as receiver:
        office.target(f"http://127.0.0.1:{receiver.port}/")
        office.put(ALERT)
        office.die_while_sending()
        for _ in range(3):
            office.later(seconds=121)
            office.send()
    assert len(receiver.received) == 1
    assert office.states() == [("alert/1", "值班", "sent")]


def test_two_processes_do_not_begin_the_same(office: Office) -> None:
    async def both() -> list[Claimed | None]:
        pool = await open_pool(office.dsn, max_size=2)
        try:
            async with transaction(pool) as first, transaction(pool) as second:
                one, _ = await claim(first, SHANGHAI, office.now, set())
                other, _ = await claim(second, SHANGHAI, office.now, set())
            async with transaction(pool) as third:
                after, _ = await claim(third, SHANGHAI, office.now, set())
            return [one, other, after]
        finally:
            await pool.close()

    with nobody() as port:
        office.target(f"json://127.0.0.1:{port}/")
        office.letters(2)
        office.send_nothing()
        one, other, after = asyncio.run(both())
    assert one is not None
    assert (other, after) == (None, None)


# Quiet hours, targets that change, letters taken back ---------------------------------------------------------------


def test_a_letter_waits_for_the_morning(office: Office) -> None:
    with web_receiver() as receiver:
        office.target(f"http://127.0.0.1:{receiver.port}/", quiet=QuietHours(time(22), time(7)))
        office.now = local("2026-09-21 23:00")
        office.put(ALERT)
        office.send()
        (waits,) = office.do(lambda conn: outbox.listed(conn, scope=EVERYTHING))
        assert (waits.state, waits.waits_for, waits.next_at) == ("waiting", "quiet", local("2026-09-22 07:00"))
        assert receiver.received == []
        office.now = local("2026-09-22 07:00")
        office.send()
    assert len(receiver.received) == 1


def test_what_waits_for_a_target_that_is_disabled_is_not_sent(office: Office) -> None:
    with web_receiver(status=500) as receiver:
        office.target(f"http://127.0.0.1:{receiver.port}/")
        office.put(ALERT)
        office.send()
        (stored,) = office.do(targets.targets)
        office.do(lambda conn: targets.enable(conn, OPERATOR, stored.target.id, enabled=False))
        office.put(replace(ALERT, key="alert/2"))
        receiver.status = 200
        office.later(hours=1)
        office.send()
    assert len(receiver.received) == 1
    assert office.states() == [("alert/1", "值班", "withdrawn"), ("alert/2", "", "")]


def test_a_failed_letter_is_sent_when_a_person_asks_for_it(office: Office) -> None:
    with web_receiver(hangs_up=True) as receiver:
        office.target(f"json://127.0.0.1:{receiver.port}/")
        office.put(ALERT)
        office.send()
        (one,) = office.do(lambda conn: outbox.listed(conn, scope=EVERYTHING))
        told = office.do(lambda conn: outbox.retry(conn, one.id, office.now, scope=EVERYTHING))
        assert told == ("alert/1", "值班", True)
        assert office.do(lambda conn: outbox.retry(conn, one.id, office.now, scope=EVERYTHING)) is None
        receiver.hangs_up = False
        office.send()
    assert receiver.received[1].json["title"].startswith("【可能重复】")
    assert office.states() == [("alert/1", "值班", DeliveryState.SENT)]


# Secrets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{}, {"status": 500}, {"hangs_up": True}])
def test_no_secret_is_logged_or_kept_beside_the_target(office: Office, how: dict[str, Any]) -> None:
    secret = "S3cretS3cret"
    log = io.StringIO()
    handlers, level = logging.root.handlers[:], logging.root.level
    try:
        logs.configure("work", stream=log)
        logging.root.setLevel(logging.DEBUG)
        with web_receiver(**how) as receiver, nobody() as port, mail_receiver(refuses=bool(how)) as mail:
            office.target(f"json://user:{secret}@127.0.0.1:{receiver.port}/{secret}?key={secret}", name="一")
            office.target(f"http://127.0.0.1:{receiver.port}/{secret}?key={secret}", name="二")
            office.target(f"json://user:{secret}@127.0.0.1:{port}/{secret}", name="三")
            office.target(f"http://127.0.0.1:{port}/{secret}", name="四")
            office.target(mail_address(mail.port) + f"&name={secret}", name="五")
            office.put(ALERT)
            office.send()
    finally:
        logging.root.handlers[:], logging.root.level = handlers, level
    said = log.getvalue()
    assert said.count('"letters.attempt"') == 5
    assert office.keys["二"]
    told = str(office.do(targets.targets)) + str(office.do(lambda conn: outbox.listed(conn, scope=EVERYTHING)))
    chain = str(office.do(_chain))
    for text in (said, told, chain):
        assert secret not in text
        assert office.keys["二"] not in text


async def _chain(conn: Connection) -> list[Any]:
    return [entry async for entry in audit.entries(conn)]


def test_the_addresses_of_robots_are_taken_as_their_makers_write_them() -> None:
    key = "0a1b2c3d-0000-4000-8000-0123456789ab"
    for address, kept in (
        (f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={key}", f"wecombot://{key}/"),
        (f"https://oapi.dingtalk.com/robot/send?access_token={'a' * 64}", f"dingtalk://{'a' * 64}/"),
        (f"https://open.feishu.cn/open-apis/bot/v2/hook/{key}", f"feishu://{key}/"),
        (f"https://open.larksuite.com/open-apis/bot/v2/hook/{key}", f"lark://{key}/"),
    ):
        assert written_for_apprise(address) == kept
        assert not is_webhook(kept)
    assert written_for_apprise(" https://example.com/hook ") == "https://example.com/hook"
    assert is_webhook("https://example.com/hook")
    assert "syslog" not in SCHEMES


@pytest.mark.parametrize(
    "address",
    [
        "",
        "rubbish",
        "syslog://",
        "ftp://example.com",
        "https://user:S3cret@example.com/",
        "mailto://u:S3cret@example.com?to=a@example.com,b@example.com",
        "tgram://123456789:S3cret_hijklmnop/12315544/",
    ],
)
def test_an_address_that_cannot_be_sent_to_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(Problem) as problem:
        is_webhook(address)
    assert "S3cret" not in str(problem.value)
