"""What somebody may see of the cars: every query for pages is asked within a scope."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.vehicle import UseClass


@dataclass(frozen=True, slots=True)
class Scope:
    """``confidential``: cars of confidential mail 机要通信 too. They are judged as others are, but shown to few.

    ``unit_ids``: only the cars of these units; None: of all.
    """

    confidential: bool
    unit_ids: frozenset[int] | None = None

    def shows(self, use_class: str, unit_id: int) -> bool:
        """Whether cars of that class and unit are within it."""
        return (self.confidential or use_class != UseClass.CONFIDENTIAL_MAIL) and self.shows_unit(unit_id)

    def shows_unit(self, unit_id: int | None) -> bool:
        """Whether cars of that unit are within it; what belongs to no unit is."""
        return self.unit_ids is None or unit_id is None or unit_id in self.unit_ids

    @property
    def values(self) -> dict[str, bool | list[int] | None]:
        """As queries take it."""
        units = None if self.unit_ids is None else sorted(self.unit_ids)
        return {"confidential": self.confidential, "unit_ids": units}


EVERYTHING = Scope(confidential=True)
"""The operator's, at the command line."""
NOTHING = Scope(confidential=False, unit_ids=frozenset())
"""Of whoever has not signed in."""
