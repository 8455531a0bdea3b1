from django.conf import settings
from django.db import models

from joanie.core.models.base import BaseModel


class IdempotencyRecord(BaseModel):
    """What a request with an ``Idempotency-Key`` answered, to answer its repetition alike.

    Running while ``response_status`` is null; then ``lease_expires_at`` says until when.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    lease_expires_at = models.DateTimeField()
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response_body = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("owner", "key"), name="one_record_per_idempotency_key")
        ]
        indexes = [models.Index(fields=("created_on",), name="idempotency_record_age")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.key})"
