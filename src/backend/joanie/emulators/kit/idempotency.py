import hashlib
from collections.abc import Callable

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from joanie.emulators.kit.emulator import current_emulator
from joanie.emulators.kit.stored_answers import Answer


def has_acted(response: Response) -> bool:
    """Say whether something was done: a success, or a decline (402). Other refusals do nothing."""
    return response.status_code < 300 or response.status_code == 402


def key_in_header(header: str) -> Callable[[], str | None]:
    """Read the key of a POST where most providers take it."""
    return lambda: request.headers.get(header) if request.method == "POST" else None


def as_the_first_time(stored: Answer) -> ResponseReturnValue:
    return Response(stored.body, stored.status, content_type=stored.content_type)


def honour_idempotency_keys(
    blueprint: Blueprint,
    *,
    account_name: Callable[[], str],
    header: str = "",
    read_key: Callable[[], str | None] | None = None,
    stores: Callable[[Response], bool] = has_acted,
    repeats: Callable[[Answer], ResponseReturnValue] = as_the_first_time,
    waits: bool = True,
) -> None:
    """Answer a repeated request as the first time.

    The key is in a ``header`` of a POST, unless ``read_key`` finds it elsewhere. ``stores`` says
    which answers are kept, ``repeats`` gives one again. A repetition that overtakes the original
    waits for its answer, or is refused: ApiError 409, as for a key that was used for another
    request.
    """
    find_key = read_key or key_in_header(header)

    @blueprint.before_request
    def answer_as_the_first_time() -> ResponseReturnValue | None:
        key = find_key()
        if not key:
            return None
        content = f"{request.path}\n".encode() + request.get_data()
        fingerprint = hashlib.sha256(content).hexdigest()
        scoped_key = (account_name(), key)
        stored = current_emulator().answers.begin(scoped_key, fingerprint, waits=waits)
        if stored is None:
            g.idempotency_key = scoped_key
            return None
        return repeats(stored)

    @blueprint.after_request
    def store_the_answer(response: Response) -> Response:
        key = g.pop("idempotency_key", None)
        if key is not None:
            answer = Answer(response.status_code, response.get_data(), response.content_type or "")
            current_emulator().answers.finish(key, answer if stores(response) else None)
        return response
