"""The description of the API, and what it promises."""

from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from tests.api.api_client import Api

COMMITTED = Path(__file__).parents[2] / "docs" / "reference" / "openapi.yaml"


def test_the_committed_description_is_what_the_code_does(tmp_path: Path) -> None:
    written = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(written), validate=True, fail_on_warn=True)
    assert written.read_text() == COMMITTED.read_text(), "run “make schema”"


@pytest.mark.parametrize("accept", ["application/vnd.oai.openapi+json", "application/json"])
def test_the_description_is_served(anonymous: Api, accept: str) -> None:
    response = anonymous.client.get("/api/v1.0/schema/", headers={"Accept": accept})
    served = response.json()
    assert served == yaml.safe_load(COMMITTED.read_text())
    assert (served["openapi"], served["info"]["version"]) == ("3.1.0", "1.0")


def test_the_description_is_browsable_without_leaving_the_site(anonymous: Api) -> None:
    page = anonymous.get("/docs/").content.decode()
    assert "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in page
    assert "//cdn" not in page
    script = anonymous.get("/docs/", script="").content.decode()
    assert "/api/v1.0/schema/" in script
