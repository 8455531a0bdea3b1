"""A site that says what reached it, and which of the servers it is."""

import json
import os
from collections.abc import Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    told = {name: value for name, value in environ.items() if isinstance(value, str)}
    answer = {"pid": os.getppid(), "body": len(body), "padding": "x" * 2000, "told": told}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]
