import uuid

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from joanie.common.queue import enqueue
from joanie.demo.replay.stage import _worker_command
from joanie.payment.tasks import DOCUMENTS


def queues_worked_on() -> list[str]:
    return _worker_command()[-1].split(",")


@pytest.mark.django_db
def test_documents_are_left_to_other_workers() -> None:
    enqueue("joanie.payment.render_document", invoice_id=str(uuid.uuid4()))
    assert ProcrastinateJob.objects.get().queue_name == DOCUMENTS
    assert DOCUMENTS not in queues_worked_on()


@pytest.mark.django_db
def test_all_other_work_is_done() -> None:
    enqueue("joanie.core.update_access", order_id=str(uuid.uuid4()))
    assert ProcrastinateJob.objects.get().queue_name in queues_worked_on()
