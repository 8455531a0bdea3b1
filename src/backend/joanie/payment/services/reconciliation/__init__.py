"""Comparing what each provider has with what is here, and booking what is missing."""

from joanie.payment.services.reconciliation.recording import settle_difference
from joanie.payment.services.reconciliation.report import Failure, Line, Report, Unasked
from joanie.payment.services.reconciliation.running import reconcile_payments

__all__ = ["Failure", "Line", "Report", "Unasked", "reconcile_payments", "settle_difference"]
