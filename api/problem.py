"""What is answered when something cannot be done: one shape, in both languages."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class Message(BaseModel):
    """The same sentence in both languages."""

    zh: str
    en: str


class ErrorDetail(BaseModel):
    """Where in the request, and what is wrong there."""

    where: str
    message: str


class Error(BaseModel):
    """What went wrong. ``code`` is for programs and never changes meaning."""

    code: str
    message: Message
    details: list[ErrorDetail] = []


class ErrorBody(BaseModel):
    """Every answer of the API that is not a success."""

    error: Error


class RefusedError(Exception):
    """Ends a request with a status and an :class:`Error`; as JSON below /api, else as a page."""

    def __init__(self, status: int, code: str, zh: str, en: str, details: list[ErrorDetail] | None = None) -> None:
        super().__init__(f"{zh} / {en}")
        self.status = status
        self.error = Error(code=code, message=Message(zh=zh, en=en), details=details or [])


def not_found(zh: str, en: str) -> RefusedError:
    """There is no such thing: ``zh`` and ``en`` name it."""
    return RefusedError(404, "not_found", f"没有{zh}", f"There is no {en}")


def sign_in_first() -> RefusedError:
    return RefusedError(401, "sign_in_first", "请先登录", "Sign in first")


def not_allowed() -> RefusedError:
    return RefusedError(403, "not_allowed", "您没有此项权限", "You may not do this")


def strange_form() -> RefusedError:
    """A form that did not come from a page of ours, or from one that is too old."""
    return RefusedError(
        403, "strange_form", "表单已过期，请刷新页面后重试", "The form is out of date; reload the page and try again"
    )


def length_required() -> RefusedError:
    return RefusedError(411, "length_required", "请求要注明长度（Content-Length）", "The request must say its length")


def too_large(most_bytes: int) -> RefusedError:
    return RefusedError(
        413,
        "too_large",
        f"请求超过 {most_bytes} 字节，请分几次发送",
        f"The request is over {most_bytes} bytes; send it in parts",
    )


def rows_refused(details: list[ErrorDetail]) -> RefusedError:
    """Rows that cannot be taken; ``details`` says of each where and why, in both languages."""
    return RefusedError(
        422,
        "rows_refused",
        "有行不能接收，整个请求均未写入。请改正后重发，或加 partial=true 先写入合格的行",
        "Some rows cannot be taken and nothing was written. Correct them, or send partial=true to have the others in",
        details,
    )


def no_database() -> RefusedError:
    return RefusedError(
        503,
        "no_database",
        "暂时连不上数据库，请稍后刷新；若持续出现，请联系运维",
        "The database cannot be reached just now; reload in a moment, or tell the operator",
    )


def defect() -> RefusedError:
    return RefusedError(500, "defect", "程序出错，已记录", "Something went wrong in the program; it has been logged")


_OF_STATUS = {
    400: ("unreadable", "请求无法读取：应为 UTF-8 编码的 JSON", "The request cannot be read: JSON in UTF-8 is wanted"),
    404: ("not_found", "没有这个页面", "There is no such page"),
    405: ("method_not_allowed", "不支持此操作", "This cannot be done here"),
}


def of_status(status: int) -> RefusedError:
    """For what the framework itself refuses."""
    code, zh, en = _OF_STATUS.get(status, ("refused", f"请求被拒绝（{status}）", f"The request was refused ({status})"))
    return RefusedError(status, code, zh, en)


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's ``responses=``: which errors it can end with."""
    return {status: {"model": ErrorBody} for status in statuses}
