"""Filters of lists whose values are few and known without asking the database."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from joanie.conf import joanie_settings
from joanie.payment.reads.attention import refunds_failed_lately


class BackendFilter(admin.SimpleListFilter):
    """The accounts of the settings; rows of one that was removed are among all rows."""

    title = _("backend")
    parameter_name = "backend"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(alias, alias) for alias in joanie_settings.PAYMENT_BACKENDS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(backend=self.value()) if self.value() else queryset


class AttentionFilter(admin.SimpleListFilter):
    """Payments that a person should look at."""

    title = _("attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("flagged", _("To look at")), ("unmatched", _("Fits no attempt of ours"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "flagged":
            return queryset.exclude(flag="")
        return queryset.filter(is_unmatched=True) if self.value() == "unmatched" else queryset


class FailedLatelyFilter(admin.SimpleListFilter):
    """Refunds that a person should look at."""

    title = _("attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("failed", _("Failed lately"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset & refunds_failed_lately() if self.value() else queryset


class DocumentFilter(admin.SimpleListFilter):
    title = _("document")
    parameter_name = "document"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [
            ("invoice", _("Pro forma invoices")),
            ("credit-note", _("Credit notes")),
            ("reversal", _("Credit notes taken back")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "invoice":
            return queryset.filter(parent=None)
        if self.value() == "credit-note":
            return queryset.filter(parent__isnull=False, total__lt=0)
        if self.value() == "reversal":
            return queryset.filter(parent__isnull=False, total__gte=0)
        return queryset


class PdfFilter(admin.SimpleListFilter):
    title = _("PDF")
    parameter_name = "pdf"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("missing", _("Not rendered yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pdf_sha256="") if self.value() else queryset


class SendingFilter(admin.SimpleListFilter):
    title = _("sending")
    parameter_name = "sending"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("waiting", _("Waiting")), ("sent", _("Sent")), ("dropped", _("Not sent"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "waiting":
            return queryset.waiting()
        if self.value() == "sent":
            return queryset.filter(sent_at__isnull=False)
        if self.value() == "dropped":
            return queryset.filter(sent_at=None).exclude(dropped_because="")
        return queryset
