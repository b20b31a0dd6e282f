"""What a list of violations asks for, as it stands in an address, for pages and programs alike."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, Field

from api.site import Site
from fleet.clock import moment_of, us_of
from fleet.violation import Severity
from store.violations import Filter, Key, Sorting, State

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 30)
NO_NUL = r"^[^\x00]*$"
_SEPARATORS = re.compile(r"[\s·•・.\-—_\0]")
_KEY = r"^[0-9]{1,18}\.[0-9]{1,16}\.[0-9]{1,16}\.(info|medium|high)$"


def _nothing_if_blank(value: Any) -> Any:
    """A form sends its empty fields too."""
    return None if isinstance(value, str) and not value.strip() else value


_Optional = BeforeValidator(_nothing_if_blank)
_Word = Annotated[Annotated[str, Field(max_length=20, pattern=NO_NUL)] | None, _Optional]
_Day = Annotated[date | None, _Optional]
_Id = Annotated[Annotated[int, Field(ge=0, le=2**31 - 1)] | None, _Optional]
_Key = Annotated[Annotated[str, Field(pattern=_KEY)] | None, _Optional]


class _Asked(BaseModel):
    """Everything is optional."""

    rule: Annotated[_Word, Field(description="As R06.")] = None
    severity: Annotated[Severity | None, _Optional] = None
    unit: Annotated[_Id, Field(description="The unit's id.")] = None
    vehicle: Annotated[_Id, Field(description="The vehicle's id.")] = None
    plate: Annotated[_Word, Field(description="A part of it.")] = None
    first: Annotated[_Day, Field(alias="from", description="Local day of the earliest start.")] = None
    last: Annotated[_Day, Field(alias="to", description="Local day of the latest start.")] = None
    state: Annotated[State | None, _Optional, Field(description="Those that stand, unless told.")] = None
    sort: Annotated[Sorting | None, _Optional, Field(description="Newest first, unless told.")] = None
    after: Annotated[_Key, Field(description="`next` of the page before, for the one after.")] = None

    @property
    def sorting(self) -> Sorting:
        return self.sort or Sorting.NEWEST

    @property
    def key(self) -> Key | None:
        """Where the page before ended."""
        if self.after is None:
            return None
        violation_id, start_us, end_us, severity = self.after.split(".")
        return Key(int(violation_id), moment_of(int(start_us)), moment_of(int(end_us)), severity)

    def filter(self, site: Site) -> Filter:
        """Which violations; days are the site's."""
        return Filter(
            rule_id=self.rule,
            severity=self.severity,
            unit_id=self.unit,
            vehicle_id=self.vehicle,
            plate=part_of_plate(self.plate) or None if self.plate else None,
            since=site.start_of(_near(self.first)) if self.first else None,
            until=site.start_of(_near(self.last) + timedelta(days=1)) if self.last else None,
            state=self.state or State.CURRENT,
        )


ViolationQuery = Annotated[_Asked, Query()]


def _near(day: date) -> date:
    """A day that can be reckoned with; nothing was reported before, nothing will be after."""
    return min(max(day, FIRST_DAY), LAST_DAY)


def part_of_plate(text: str) -> str:
    """What was typed of a plate, as plates are kept: half width, upper case, no separators."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()


def write_key(key: Key | None) -> str | None:
    """The key as ``after`` in an address."""
    if key is None:
        return None
    return f"{key.id}.{us_of(key.start_at)}.{us_of(key.end_at)}.{key.severity}"
