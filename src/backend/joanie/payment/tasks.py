"""Background work of payments. Every task is safe to repeat: a killed worker's job runs again."""

import uuid
from datetime import timedelta

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from joanie.common.queue import AFTER_MONEY
from joanie.payment.documents.storage import ensure_pdf
from joanie.payment.mails import sending
from joanie.payment.services import credit_cards, intake, reconciliation, refunds, retention
from joanie.payment.services.abort import abort_stray_attempts
from joanie.payment.services.abort import expire_orders as expire_unpaid_orders
from joanie.payment.services.forgotten_work import take_up_forgotten_work

# For about six hours; later ``take_up_forgotten_work`` does.
PERSISTENT = RetryStrategy(max_attempts=7, exponential_wait=4)
# The same, once a call that timed out has had its time: not every provider knows our keys.
UNHURRIED = RetryStrategy(max_attempts=7, wait=60, exponential_wait=4)
# For about a day.
PATIENT = RetryStrategy(max_attempts=8, exponential_wait=4)
# What the nightly comparison with the providers goes back.
LATELY = timedelta(days=3)
# A queue of its own: rendering is slow, and nobody waits for it, since a download renders too.
DOCUMENTS = "documents"


@app.task(
    name="joanie.payment.render_document",
    queue=DOCUMENTS,
    priority=AFTER_MONEY,
    retry=PERSISTENT,
)
def render_document(invoice_id: str) -> None:
    ensure_pdf(uuid.UUID(invoice_id))


@app.task(name="joanie.payment.submit_refund", retry=UNHURRIED)
def submit_refund(refund_id: str) -> None:
    refunds.submit_refund(uuid.UUID(refund_id))


@app.task(name="joanie.payment.refund_unusable_money", retry=PERSISTENT)
def refund_unusable_money(order_id: str) -> None:
    refunds.refund_unusable_money(uuid.UUID(order_id))


@app.task(name="joanie.payment.forget_card", retry=PERSISTENT)
def forget_card(card_id: str) -> None:
    credit_cards.forget_card(uuid.UUID(card_id))


@app.task(name="joanie.payment.send_mail", priority=AFTER_MONEY, retry=PATIENT)
def send_mail(mail_id: str) -> None:
    sending.send_mail(uuid.UUID(mail_id))


# The library reads a sixth field, the last, as seconds.
@app.periodic(cron="* * * * * */10")
@app.task(name="joanie.payment.process_inbox", queueing_lock="joanie.payment.process_inbox")
def process_inbox(timestamp: int) -> None:
    intake.process_due_notifications()


@app.periodic(cron="* * * * *")
@app.task(
    name="joanie.payment.reconcile",
    lock="joanie.payment.reconcile",
    queueing_lock="joanie.payment.reconcile",
)
def reconcile(timestamp: int) -> None:
    reconciliation.reconcile_payments()


@app.periodic(cron="50 3 * * *")
@app.task(
    name="joanie.payment.reconcile_lately",
    priority=AFTER_MONEY,
    lock="joanie.payment.reconcile_lately",
    queueing_lock="joanie.payment.reconcile_lately",
)
def reconcile_lately(timestamp: int) -> None:
    reconciliation.reconcile_payments(since=timezone.now() - LATELY)


@app.periodic(cron="*/5 * * * *")
@app.task(
    name="joanie.payment.expire_orders",
    lock="joanie.payment.expire_orders",
    queueing_lock="joanie.payment.expire_orders",
)
def expire_orders(timestamp: int) -> None:
    expire_unpaid_orders()
    abort_stray_attempts()


@app.periodic(cron="10 0 * * *")
@app.task(
    name="joanie.payment.expire_cards",
    lock="joanie.payment.expire_cards",
    queueing_lock="joanie.payment.expire_cards",
)
def expire_cards(timestamp: int) -> None:
    credit_cards.expire_cards()


@app.periodic(cron="40 7 * * *")
@app.task(
    name="joanie.payment.warn_of_expiring_cards",
    lock="joanie.payment.warn_of_expiring_cards",
    queueing_lock="joanie.payment.warn_of_expiring_cards",
)
def warn_of_expiring_cards(timestamp: int) -> None:
    credit_cards.warn_of_expiring_cards()


@app.periodic(cron="20 3 * * *")
@app.task(
    name="joanie.payment.take_up_forgotten_work",
    lock="joanie.payment.take_up_forgotten_work",
    queueing_lock="joanie.payment.take_up_forgotten_work",
)
def forgotten_work(timestamp: int) -> None:
    take_up_forgotten_work()


@app.periodic(cron="50 2 * * *")
@app.task(
    name="joanie.payment.let_old_rows_go",
    priority=AFTER_MONEY,
    lock="joanie.payment.let_old_rows_go",
    queueing_lock="joanie.payment.let_old_rows_go",
)
def let_old_rows_go(timestamp: int) -> None:
    retention.let_old_rows_go()
