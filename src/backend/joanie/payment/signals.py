"""What host projects may listen to about documents. Joanie has no receivers of its own."""

from django.dispatch import Signal

# A pro forma invoice or a credit note was issued: sent after the commit, with
# ``sender=ProformaInvoice`` and ``proforma_invoice``. Its PDF is made afterwards, by the worker.
proforma_invoice_issued = Signal()
