"""A learner with a token, at a shop that answers real HTTP."""

import time
from io import BytesIO
from typing import Any

import httpx
import jwt
from django.conf import settings
from pypdf import PdfReader

from joanie.core.models import Product

ADDRESS = {
    "first_name": "First",
    "last_name": "Last-Ōsaka",
    "address": "10 rue de la Paix",
    "postcode": "75002",
    "city": "Paris",
    "country": "FR",
}


def bearer(username: str = "grace", **claims: Any) -> dict[str, str]:
    claims = {
        "username": username,
        "email": f"{username}@example.org",
        "language": "en",
        "exp": int(time.time()) + 600,
        **claims,
    }
    token = jwt.encode(claims, settings.JOANIE["JWT_SIGNING_KEY"], algorithm="HS256")
    return {"Authorization": f"Bearer {token}"}


class Learner:
    def __init__(self, base_url: str, username: str = "grace", language: str = "en") -> None:
        self.http = httpx.Client(
            base_url=f"{base_url}/api/v1.0",
            headers={**bearer(username), "Accept-Language": language},
            trust_env=False,
            timeout=20,
        )

    def order(self, product: Product, **changes: Any) -> httpx.Response:
        body = {
            "course": product.courses.get().code,
            "product": str(product.pk),
            "billing_address": ADDRESS,
            **changes,
        }
        return self.http.post("/orders/", json=body)

    def read(self, path: str) -> Any:
        response = self.http.get(path)
        assert response.status_code == 200, response.text
        return response.json()

    def document(self, order: dict[str, Any], reference: str = "") -> bytes:
        response = self.http.get(
            f"/orders/{order['id']}/proforma_invoice/",
            params={"reference": reference or order["main_proforma_invoice"]},
        )
        assert response.status_code == 200, response.text
        assert response.headers["Content-Type"] == "application/pdf"
        return response.content


def text_of(pdf: bytes) -> str:
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return " ".join(text.split())
