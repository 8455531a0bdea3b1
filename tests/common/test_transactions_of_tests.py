import pytest
from django.db import transaction

from joanie.common.transactions import NetworkInTransaction, forbid_transaction


@pytest.mark.django_db
def test_the_transaction_around_a_test_does_not_count() -> None:
    forbid_transaction()
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        forbid_transaction()
    forbid_transaction()
