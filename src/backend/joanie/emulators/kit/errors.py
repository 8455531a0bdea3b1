from http import HTTPStatus
from typing import Any

from flask.typing import ResponseReturnValue


class ApiError(Exception):
    """An answer that says no, in the shape of the control API and of the dummy's own API."""

    def __init__(self, status: int, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.status = HTTPStatus(status)
        self.error = {"code": code, "message": message, **details}

    def answer(self) -> ResponseReturnValue:
        return {"error": self.error}, self.status


class InvalidFieldError(ApiError):
    def __init__(self, param: str, message: str) -> None:
        super().__init__(400, "invalid_request", f"{param}: {message}", param=param)


class NotFoundError(ApiError):
    def __init__(self, what: str) -> None:
        super().__init__(404, "not_found", f"No such {what}.")
