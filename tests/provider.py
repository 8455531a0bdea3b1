"""The dummy provider, as the people in front of it use it: the learner, staff, the saboteur."""

from typing import Any

import httpx

Json = dict[str, Any]


class Provider:
    """One account at a running emulator."""

    def __init__(self, base_url: str, secret: str) -> None:
        self.base_url = base_url
        self.secret = secret
        self.http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {secret}"},
            trust_env=False,
            timeout=15,
        )

    def payment(self, reference: str) -> Json:
        return self._success(self.http.get(f"/v1/payments/{reference}"))

    def payments(self, attempt_id: object) -> list[Json]:
        listed = self._success(
            self.http.get("/v1/payments", params={"reference": str(attempt_id)})
        )
        payments: list[Json] = listed["data"]
        return payments

    def pay(self, url: str, card: str = "success", *, save_card: bool = False) -> httpx.Response:
        """Choose a card on the hosted page and press Pay."""
        form = {"card": card} | ({"save_card": "on"} if save_card else {})
        return self.http.post(url, data=form)

    def confirm(self, url: str, action: str = "confirm") -> httpx.Response:
        """Answer the bank's challenge."""
        return self.http.post(url, data={"action": action})

    def settle(self, reference: str, **outcome: Any) -> Json:
        """Do at the provider what nobody could do on its page, such as paying too late."""
        return self._success(self.http.post(f"/control/payments/{reference}/settle", json=outcome))

    def instruct(self, **instructions: Any) -> None:
        self._success(self.http.put("/control", json=instructions))

    def fail(self, operation: str, mode: str, **details: Any) -> None:
        """Make the next call of an operation fail."""
        self.instruct(
            api={"fail": [{"operation": operation, "mode": mode, "times": 1, **details}]}
        )

    def forge(self, reference: str, event_type: str, **details: Any) -> Json:
        body = {"payment": reference, "type": event_type, **details}
        return self._success(self.http.post("/control/forge", json=body))

    def refund_from_dashboard(self, reference: str, amount: int) -> None:
        response = self.http.post(
            f"/dashboard/payments/{reference}/refund", data={"amount": str(amount)}
        )
        assert response.status_code < 400, response.text

    def dispute(self, reference: str, amount: int | None = None) -> str:
        """Have the learner's bank take money back; give the dispute's id."""
        body = {} if amount is None else {"amount": amount}
        path = f"/control/payments/{reference}/disputes"
        return str(self._success(self.http.post(path, json=body))["id"])

    def decide(self, dispute: str, status: str) -> None:
        """Have the bank decide: ``won`` or ``lost``, for the shop."""
        body = {"status": status}
        self._success(self.http.post(f"/control/disputes/{dispute}/settle", json=body))

    def deliver(self) -> list[Json]:
        """Wait until nothing is on its way any more; give what was sent."""
        listed = self._success(self.http.get("/control/notifications?wait=10"))
        assert listed["idle"]
        sent: list[Json] = listed["data"]
        return sent

    def _success(self, response: httpx.Response) -> Json:
        assert response.is_success, response.text
        content: Json = response.json()
        return content
