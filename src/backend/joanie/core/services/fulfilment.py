"""Having what was bought given, and taken back."""

import uuid

from joanie.common.replacements import load_class
from joanie.common.transactions import forbid_transaction
from joanie.conf import joanie_settings
from joanie.core.fulfilment import Fulfilment
from joanie.core.models import Order


def fulfil(order_id: uuid.UUID) -> None:
    """Have the host's class, or Joanie's, make the owner's access fit the order's present state.

    Safe to repeat, and to run twice at once: a state that changed meanwhile is told again.
    Raises what that class raises.
    """
    forbid_transaction()
    fulfilment = load_class(joanie_settings.FULFILMENT, Fulfilment)()
    order = Order.objects.get(pk=order_id)
    fulfilment.update_access(order)
    if not Order.objects.filter(pk=order_id, state=order.state).exists():
        fulfil(order_id)
