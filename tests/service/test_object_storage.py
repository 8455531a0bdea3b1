"""Documents in an object storage: moto plays S3, over HTTP."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

import boto3
import httpx
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from moto.server import ThreadedMotoServer
from pytest_django import Settings
from tests.api.api_client import Api
from tests.service.environments import PRODUCTION, read_settings

from joanie.payment.documents.exceptions import DocumentCorrupted
from joanie.payment.documents.storage import ensure_pdf, read_pdf
from joanie.payment.factories import ProformaInvoiceFactory
from joanie.payment.models import ProformaInvoice
from sandbox.object_storage import limit_waiting

BUCKET = "documents-of-a-test"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _bucket(endpoint: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure what the sandbox makes of the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    variables = {
        "DJANGO_S3_BUCKET": BUCKET,
        "DJANGO_S3_ENDPOINT_URL": endpoint,
        "DJANGO_S3_REGION": "us-east-1",
    }
    chosen = read_settings("STORAGES", **PRODUCTION, **variables)["STORAGES"]["default"]
    options = {**chosen["OPTIONS"], "client_config": limit_waiting()}
    settings.STORAGES = {**settings.STORAGES, "default": {**chosen, "OPTIONS": options}}
    s3_client(endpoint).create_bucket(Bucket=BUCKET)


def s3_client(endpoint: str) -> Any:
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")


@pytest.fixture
def invoice(db: None) -> ProformaInvoice:
    made: ProformaInvoice = ProformaInvoiceFactory(
        order__state="validated", reference="PF-2026-1", state="paid"
    )
    return ensure_pdf(made.pk)


def test_a_document_is_downloaded_as_it_was_rendered(invoice: ProformaInvoice) -> None:
    answer = Api(invoice.order.owner).get(
        f"/orders/{invoice.order_id}/proforma_invoice/", reference="PF-2026-1"
    )
    assert answer.status_code == 200
    assert sha256(answer.content).hexdigest() == invoice.pdf_sha256


def test_the_document_is_in_the_bucket(invoice: ProformaInvoice, endpoint: str) -> None:
    kept = s3_client(endpoint).get_object(Bucket=BUCKET, Key=invoice.pdf.name)
    assert sha256(kept["Body"].read()).hexdigest() == invoice.pdf_sha256


def test_nobody_reads_it_without_a_signature_that_ends(
    invoice: ProformaInvoice, endpoint: str
) -> None:
    grants = s3_client(endpoint).get_object_acl(Bucket=BUCKET, Key=invoice.pdf.name)["Grants"]
    assert [grant["Grantee"]["Type"] for grant in grants] == ["CanonicalUser"]
    bare, signature = invoice.pdf.url.split("?")
    assert {"X-Amz-Signature", "X-Amz-Expires"} <= set(parse_qs(signature))
    assert httpx.get(bare, trust_env=False).status_code in {401, 403}


def test_a_document_that_was_changed_is_not_served(
    invoice: ProformaInvoice, endpoint: str
) -> None:
    s3_client(endpoint).put_object(Bucket=BUCKET, Key=invoice.pdf.name, Body=b"%PDF-changed")
    with pytest.raises(DocumentCorrupted):
        read_pdf(invoice)


def test_a_document_that_is_gone_is_said_to_be(invoice: ProformaInvoice, endpoint: str) -> None:
    s3_client(endpoint).delete_object(Bucket=BUCKET, Key=invoice.pdf.name)
    with pytest.raises(DocumentCorrupted):
        read_pdf(invoice)


def test_a_second_document_of_the_same_name_does_not_replace_the_first() -> None:
    names = [default_storage.save("same.pdf", ContentFile(content)) for content in (b"1", b"2")]
    assert len(set(names)) == 2
    for name, content in zip(names, (b"1", b"2"), strict=True):
        with default_storage.open(name) as file:
            assert file.read() == content
