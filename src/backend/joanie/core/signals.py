"""What host projects may listen to about orders and learners. Joanie has no receivers of its own.

Each is sent after the commit, in the process that committed: the web server, a worker or a
command. Those about orders come with ``sender=Order`` and ``order``. A process that dies in
between sends nothing, so what must never be missed is looked up by the orders' states from time to
time.
"""

from django.dispatch import Signal

# The learner gets access: everything is paid, or there was nothing to pay. Sent again when an
# order that was refunded comes back because the refund failed later.
order_validated = Signal()

# The latest attempt to pay it failed; the learner may try again on the same order.
order_failed = Signal()

# It was given up by the learner or by staff, or it expired.
order_canceled = Signal()

# Everything has been given back, and access with it.
order_refunded = Signal()

# What Joanie knew about who a learner is has been erased: with ``sender``, the user model, and
# ``learner``. Sent again when the erasure is repeated.
learner_erased = Signal()
