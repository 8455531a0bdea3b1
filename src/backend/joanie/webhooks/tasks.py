"""Background work of webhooks. Every task is safe to repeat: a killed worker's job runs again."""

from procrastinate.contrib.django import app

from joanie.common.queue import AFTER_MONEY
from joanie.webhooks.services import retention, sending

# A queue of its own: whoever has many endpoints gives it workers of its own.
WEBHOOKS = "webhooks"
# How many of all workers' jobs may wait for endpoints at the same time.
LANES = ("1", "2")


@app.task(name="joanie.webhooks.send_due_messages", queue=WEBHOOKS, priority=AFTER_MONEY)
def send_due_messages(timestamp: int) -> None:
    sending.send_due_messages()


for _lane in LANES:
    _lock = f"joanie.webhooks.send_due_messages.{_lane}"
    # The library reads a sixth field, the last, as seconds.
    app.periodic(cron="* * * * * */10", periodic_id=_lane, lock=_lock, queueing_lock=_lock)(
        send_due_messages
    )


@app.periodic(cron="30 2 * * *")
@app.task(
    name="joanie.webhooks.forget_messages",
    priority=AFTER_MONEY,
    lock="joanie.webhooks.forget_messages",
    queueing_lock="joanie.webhooks.forget_messages",
)
def forget_messages(timestamp: int) -> None:
    retention.forget_messages()
