"""The week as pages know it; rooms below them need it, too."""

from fleet.week import Week

__all__ = ["Week"]
