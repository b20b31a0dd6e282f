"""What is sent with an act: from a form's fields or a program's JSON to an event, and the papers that come along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.datastructures import UploadFile

from api.casework import invalid
from api.violation_query import NO_NUL
from fleet.decision import Outcome
from oversight.attachment import MOST_FILES, Attachment, AttachmentError, attachment
from oversight.case import Act, Event
from oversight.sanction import Sanction, SanctionKind


def _nothing_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


_Optional = BeforeValidator(_nothing_if_blank)
_Day = Annotated[date | None, _Optional]
_Text = Annotated[str, Field(max_length=4000, pattern=NO_NUL)]
_Name = Annotated[str, Field(max_length=100, pattern=NO_NUL)]


class ActSent(BaseModel):
    """An act on a case. Which fields it needs is told by docs/cases.md; a wrong one is told with its name."""

    model_config = ConfigDict(extra="forbid")

    act: Act
    text: _Text = ""
    outcome: Annotated[Outcome | None, _Optional] = None
    violation_id: Annotated[Annotated[int, Field(ge=1, le=2**63 - 1)] | None, _Optional] = None
    person: _Name = ""
    deadline: Annotated[_Day, Field(description="A local day, included.")] = None
    sanction_kind: Annotated[SanctionKind | None, _Optional] = None
    sanction_person: _Name = ""
    sanction_decided_by: _Name = ""
    sanction_decided_on: _Day = None
    sanction_document: _Name = ""

    def event(self, by: str, at: datetime) -> Event:
        """The event that it asks for. Raises RefusedError for half a sanction."""
        return Event(
            act=self.act,
            by=by,
            at=at,
            text=self.text.strip(),
            outcome=self.outcome,
            violation_id=self.violation_id,
            person=self.person.strip(),
            deadline=self.deadline,
            sanction=self._sanction(),
        )

    def _sanction(self) -> Sanction | None:
        if self.act is not Act.SANCTION:
            return None
        if self.sanction_kind is None or self.sanction_decided_on is None:
            raise invalid(
                "sanction_kind",
                "处理处分须有种类与作出决定的日期",
                "a sanction needs its kind and the day it was decided",
            )
        return Sanction(
            kind=self.sanction_kind,
            person=self.sanction_person.strip(),
            decided_by=self.sanction_decided_by.strip(),
            decided_on=self.sanction_decided_on,
            document=self.sanction_document.strip(),
        )


class Typed(dict[str, str]):
    """What was typed into a form that was refused; what was not, is empty."""

    def __missing__(self, name: str) -> str:
        return ""


async def read_papers(files: Sequence[UploadFile]) -> list[Attachment]:
    """The papers of a form; an empty field is none. Raises RefusedError that names the file."""
    sent = [one for one in files if one.filename]
    if len(sent) > MOST_FILES:
        raise invalid("files", f"一次最多 {MOST_FILES} 个附件", f"at most {MOST_FILES} files at a time")
    found: list[Attachment] = []
    for one in sent:
        try:
            found.append(attachment(one.filename or "", await one.read()))
        except AttachmentError as error:
            raise invalid("files", error.zh, error.en) from None
    return found
