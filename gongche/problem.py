"""What a command says when it cannot do what was asked: one line, what is wrong, where, what to do."""

from __future__ import annotations

FOUND_PROBLEMS = 1
CANNOT = 2
DEFECT = 70
INTERRUPTED = 130


class Problem(Exception):  # noqa: N818  (what the user has is a problem; an error would be ours)
    """An expected failure, told to the user in Chinese and English without a traceback.

    Raise it anywhere below a command; ``gongche.cli.main`` prints it and ends with ``exit_status``
    (2, cannot be done as asked, unless told otherwise).
    """

    def __init__(self, zh: str, en: str, *, exit_status: int = CANNOT) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en
        self.exit_status = exit_status
