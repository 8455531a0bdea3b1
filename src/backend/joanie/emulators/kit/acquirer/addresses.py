"""Where the hosted pages are."""

from joanie.emulators.kit.acquirer.records import CardSetup, Payment
from joanie.emulators.kit.acquirer.status import PaymentStatus

PAYMENT_PATH = "/pay/<payment_id>"
SETUP_PATH = "/setup/<setup_id>"


def url_of_payment(payment: Payment, path: str = PAYMENT_PATH) -> str | None:
    """Say where the learner has to go; nowhere when nothing is asked of them."""
    page = payment.page.origin + path.replace("<payment_id>", payment.id)
    match payment.status:
        case PaymentStatus.REQUIRES_PAYMENT:
            return page
        case PaymentStatus.REQUIRES_ACTION:
            return f"{page}/challenge"
        case _:
            return None


def url_of_setup(setup: CardSetup, path: str = SETUP_PATH) -> str:
    return setup.page.origin + path.replace("<setup_id>", setup.id)
