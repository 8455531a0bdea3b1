from flask.typing import ResponseReturnValue

from joanie.emulators.kit.errors import ApiError


class Refusal(ApiError):
    """A no in the shape of this API."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, "refused", message)

    def answer(self) -> ResponseReturnValue:
        return {"message": str(self)}, self.status


class NotAuthenticated(ApiError):
    """A no of REST framework, which stands before this API."""

    def __init__(self) -> None:
        super().__init__(401, "unauthorized", "Authentication credentials were not provided.")

    def answer(self) -> ResponseReturnValue:
        return {"detail": str(self)}, self.status, {"WWW-Authenticate": 'JWT realm="api"'}
