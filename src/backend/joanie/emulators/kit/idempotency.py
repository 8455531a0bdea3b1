import hashlib
from collections.abc import Callable

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from joanie.emulators.kit.emulator import current_emulator
from joanie.emulators.kit.stored_answers import Answer


def honour_idempotency_keys(
    blueprint: Blueprint, *, header: str, account_name: Callable[[], str]
) -> None:
    """Answer a repeated POST as the first time.

    What acted is stored: a success, or a decline (402). Other refusals did nothing.
    """

    @blueprint.before_request
    def answer_as_the_first_time() -> ResponseReturnValue | None:
        key = request.headers.get(header)
        if request.method != "POST" or not key:
            return None
        content = f"{request.path}\n".encode() + request.get_data()
        fingerprint = hashlib.sha256(content).hexdigest()
        scoped_key = (account_name(), key)
        stored = current_emulator().answers.begin(scoped_key, fingerprint)
        if stored is None:
            g.idempotency_key = scoped_key
            return None
        return Response(stored.body, stored.status, content_type=stored.content_type)

    @blueprint.after_request
    def store_the_answer(response: Response) -> Response:
        key = g.pop("idempotency_key", None)
        if key is not None:
            acted = response.status_code < 300 or response.status_code == 402
            answer = Answer(response.status_code, response.get_data(), response.content_type or "")
            current_emulator().answers.finish(key, answer if acted else None)
        return response
