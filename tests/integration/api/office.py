"""People of the office in front of the pages: by name, with a clock that can be moved."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx

from api.site import Site
from store.database import connect
from store.users import add_user
from tests.fixtures.pages import PASSWORD, served, sign_in

STAFF, OTHER_STAFF, HEAD = "张三", "周七", "李四"


@dataclass
class Office:
    """Served pages whose clock stands where it is put."""

    url: str
    site: Site
    now: datetime

    @contextmanager
    def desk(self, name: str) -> Iterator[Desk]:
        """Somebody who has signed in."""
        with httpx.Client(base_url=self.url, timeout=30, follow_redirects=False) as client:
            assert sign_in(client, name).status_code == 303
            yield Desk(client)

    def at(self, moment: datetime) -> None:
        self.now = moment


@dataclass(frozen=True)
class Desk:
    """What somebody does in the browser."""

    client: httpx.Client

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, *, on: str, files: list[Any] | None = None, **fields: Any) -> httpx.Response:
        """A form of the page ``on``, with its token."""
        token = re.search(r'name="form_token" value="([^"]+)"', self.page(on))
        assert token is not None
        data = {"form_token": token[1], **fields}
        return self.client.post(path, data=data, files=files or [])

    def act(self, case: int, act: str, files: list[Any] | None = None, **fields: str) -> httpx.Response:
        """An act on a case, as its form sends it."""
        return self.send(f"/cases/{case}/acts", on=f"/cases/{case}", files=files, act=act, **fields)

    def does(self, case: int, act: str, files: list[Any] | None = None, **fields: str) -> None:
        """An act that is taken."""
        answer = self.act(case, act, files, **fields)
        assert answer.status_code == 303, re.findall(r'role="alert">([^<]+)', answer.text) or answer.text

    def refused(self, case: int, act: str, files: list[Any] | None = None, **fields: str) -> str:
        """What the page says of an act that is not."""
        answer = self.act(case, act, files, **fields)
        assert answer.status_code in (409, 422), answer.status_code
        said = re.findall(r'role="alert">([^<]+)', answer.text)
        assert len(said) == 1, said
        return str(said[0])

    def case(self, case: int) -> dict[str, Any]:
        """A case as programs read it."""
        answer = self.client.get(f"/api/cases/{case}")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def open(self, violation: int) -> int:
        """A case from a violation's page."""
        answer = self.send("/cases", on=f"/violations/{violation}", violation_id=str(violation))
        assert answer.status_code == 303, answer.text
        return int(answer.headers["location"].rpartition("/")[2])


@contextmanager
def office(site: Site) -> Iterator[Office]:
    """An office of two verifiers and a head."""
    asyncio.run(_people(site.dsn))
    clock = Office("", site, datetime(2026, 9, 24, 1, tzinfo=UTC))
    with served(replace(site, now=lambda: clock.now)) as pages:
        clock.url = pages.url
        yield clock


async def _people(dsn: str) -> None:
    async with await connect(dsn) as conn:
        for name, role in ((STAFF, "staff"), (OTHER_STAFF, "staff"), (HEAD, "head")):
            await add_user(conn, name, PASSWORD, role)
