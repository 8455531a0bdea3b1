"""The API as a client speaks it: JSON, and a token."""

import json
import time
from typing import Any

import jwt
from django.conf import settings
from django.test import Client

ROOT = "/api/v1.0"
# An id that no row has.
NO_ID = "00000000-0000-4000-8000-000000000000"
ADDRESS = {
    "first_name": "First",
    "last_name": "Last",
    "address": "10 rue de la Paix",
    "postcode": "75002",
    "city": "Paris",
    "country": "FR",
}


def make_token(
    username: Any = "grace",
    *,
    key: str = "",
    algorithm: str = "HS256",
    headers: Any = None,
    **claims: Any,
) -> str:
    """Sign a token; a claim that is None is left out."""
    payload = {
        "username": username,
        "email": "grace@example.org",
        "exp": int(time.time()) + 600,
        **claims,
    }
    return jwt.encode(
        {name: value for name, value in payload.items() if value is not None},
        key or settings.JOANIE["JWT_SIGNING_KEY"],
        algorithm=algorithm,
        headers=headers,
    )


class Api:
    """``user`` says who speaks: nobody without one. ``token`` is sent as it is."""

    def __init__(self, user: Any = None, *, token: str = "", language: str = "") -> None:
        if user is not None:
            token = make_token(user.get_username())
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if language:
            headers["Accept-Language"] = language
        self.client = Client(headers=headers)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"{ROOT}{path}", query)

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        options = {"content_type": "application/json", **options}
        return self.client.generic(method, f"{ROOT}{path}", data, **options)

    def post(self, path: str, body: Any = None) -> Any:
        return self.send("POST", path, {} if body is None else body)

    def read(self, path: str, **query: Any) -> Any:
        response = self.get(path, **query)
        assert response.status_code == 200, response.content
        return response.json()

    def order(self, product: Any, /, **changes: Any) -> Any:
        course = changes.get("course") or product.courses.first().code
        body = {
            "course": course,
            "product": str(product.pk),
            "billing_address": ADDRESS,
            **changes,
        }
        return self.post("/orders/", body)
