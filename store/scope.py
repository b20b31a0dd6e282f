"""What somebody may see of the cars: every query for pages is asked within a scope."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.vehicle import UseClass


@dataclass(frozen=True, slots=True)
class Scope:
    """``confidential``: cars of confidential mail 机要通信 too. They are judged as others are, but shown to few."""

    confidential: bool

    def shows(self, use_class: str) -> bool:
        """Whether cars of that class are within it."""
        return self.confidential or use_class != UseClass.CONFIDENTIAL_MAIL

    @property
    def values(self) -> dict[str, bool]:
        """As queries take it."""
        return {"confidential": self.confidential}


EVERYTHING = Scope(confidential=True)
"""The operator's, at the command line."""
