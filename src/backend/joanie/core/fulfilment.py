"""What a host extends to give more, or something else, than places in courses."""

from joanie.core.models import Order
from joanie.core.services import access


class Fulfilment:
    """Enrols learners in the courses that they bought. ``FULFILMENT`` names what does so."""

    def update_access(self, order: Order) -> None:
        """Give what ``order`` bought while it grants access, and take it back once it does not.

        Called by a job, outside any transaction, each time that access is won or lost. The order
        is as it is now. Has to be safe to repeat: a job whose worker was killed runs again, and
        what raises is called again, eight times within a day and then once a day for a
        month. Two may run at once; the one that ends last was told the latest state.
        """
        access.update_access(order.pk)
