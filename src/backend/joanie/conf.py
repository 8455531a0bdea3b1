"""The plugin's settings: one ``JOANIE`` dictionary in the host's settings, read here.

Every key has a default below. Read a setting as ``joanie_settings.DEFAULT_VAT_RATE``: the value is
looked up at each access, so ``override_settings(JOANIE={…})`` works in tests.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

DEFAULTS: Mapping[str, Any] = {
    # Accounts at payment providers: alias -> {"backend": dotted path, "configuration": {…}}.
    "PAYMENT_BACKENDS": {
        "dummy": {"backend": "joanie.payment.backends.dummy.DummyPaymentBackend"},
    },
    # The alias used when a purchase names none.
    "DEFAULT_PAYMENT_BACKEND": "dummy",
    # The dummy takes no money: checkout refuses it outside DEBUG unless this is true.
    "ALLOW_DUMMY": False,
    # Where the world reaches this site, e.g. "https://shop.example.org". Without it the URLs given
    # to providers come from the current request, when ALLOWED_HOSTS names its host.
    "PUBLIC_BASE_URL": None,
    # Pages a purchase may send the browser back to: each entry allows the URLs that start with it,
    # on the same scheme, host and port.
    "ALLOWED_RETURN_URLS": [],
    # Percent, contained in prices; a product may have its own.
    "DEFAULT_VAT_RATE": "20",
    # How documents are numbered, by kind. What is left out has its default. "{number}" has to be
    # there, "{number:06d}" with at least six digits; "{organization}" (the seller's code),
    # "{year}" and "{month}" may be, and with each new value of them the numbers begin again.
    "DOCUMENT_REFERENCES": {
        "proforma_invoice": "PF-{organization}-{year}-{number:06d}",
        "credit_note": "CN-{organization}-{year}-{number:06d}",
    },
    # Money that an order can no longer use goes back to the learner by itself.
    "REFUND_UNUSABLE_MONEY": True,
    # The shared key that learners' tokens are signed with (HS256). Set this or "JWKS_URL".
    "JWT_SIGNING_KEY": None,
    # Where the JSON Web Key Set is that learners' tokens are checked with (RS256).
    "JWKS_URL": None,
    # The issuer that tokens must name; any when it is not set.
    "JWT_ISSUER": None,
    # The audience that tokens must name; any when it is not set.
    "JWT_AUDIENCE": None,
    # Dotted paths of the REST framework classes that say who a learner is.
    "AUTHENTICATION_CLASSES": ["joanie.api.authentication.JWTAuthentication"],
    # The dotted path of the function that finds or makes the user whom a token is about: it is
    # given the token's claims. Inactive users and staff are refused whatever it returns.
    "USER_MAPPER": "joanie.api.authentication.get_learner",
    # Dotted paths of REST framework permission classes that the catalogue and learners' own things
    # are asked for as well: they close doors, and open none.
    "PERMISSION_CLASSES": [],
    # What the API shows: name -> dotted path of a class that extends Joanie's serializer of it.
    # Names: "address", "course", "course_run", "credit_card", "enrollment", "order",
    # "organization", "payment_method", "product", "target_course".
    "SERIALIZERS": {},
    # Requests allowed: "NUMBER/second", "/minute", "/hour" or "/day".
    # By learner, by address when nobody is known, and what runs payments by learner. What is left
    # out, or None, is not limited; None in place of all limits nothing.
    "THROTTLE_RATES": {"learner": "300/minute", "address": "300/minute", "checkout": "30/minute"},
    # Proxies of yours between the world and the site: that many entries of X-Forwarded-For count.
    # Behind one that is not counted here, no limit is by address.
    "PROXY_COUNT": 0,
    # Seconds a lock is waited for before the request answers 503 (or the worker tries later).
    "LOCK_TIMEOUT": 3,
    # Seconds a provider is waited for.
    "PROVIDER_TIMEOUT": 10,
    # Seconds after which an order that nobody paid expires.
    "ORDER_EXPIRES_AFTER": 24 * 3600,
    # Seconds after which an open payment is asked about at its provider.
    "RECONCILE_AFTER": 300,
    # Days after which what nobody needs any more goes. What is left out has its default; None
    # keeps it for ever, and in place of all keeps everything.
    # "notifications": settled ones. "attempts": those to pay that moved no money, of orders that
    # are over, lose addresses and links; the rest stays. "mails": sent or dropped. "webhooks":
    # messages, with all that is known of their deliveries. "jobs": of the queue, done.
    "RETENTION_DAYS": {
        "idempotency_records": 1,
        "notifications": 90,
        "attempts": 365,
        "mails": 365,
        "webhooks": 30,
        "jobs": 7,
    },
    # Declines a learner may collect within an hour before further attempts are refused.
    "MAX_DECLINES_PER_HOUR": 10,
    # Declines within an hour from one network address, which many learners may share.
    "MAX_DECLINES_PER_ADDRESS_AND_HOUR": 30,
    # Bytes above which a notification is refused.
    "MAX_NOTIFICATION_SIZE": 256 * 1024,
    # The dotted path of the class that gives what an order bought, and takes it back: it extends
    # Joanie's, which enrols learners in courses.
    "FULFILMENT": "joanie.core.fulfilment.Fulfilment",
    # Where courses are taught: resource link prefix -> backend that enrols there.
    "LMS_BACKENDS": [{"backend": "joanie.lms_handler.dummy.DummyLMSBackend"}],
    # Secrets that an LMS signs its course runs with, any of them.
    "COURSE_RUN_SYNC_SECRETS": [],
    # Catalogues that are told about course runs: [{"url": …, "secret": …}].
    "CATALOGUE_HOOKS": [],
    # Seconds an LMS, a catalogue or a webhook's receiver is waited for.
    "LMS_TIMEOUT": 10,
    # Hosts of your own network that webhooks may be sent to, over http too: names or IP addresses.
    # All others must be on the public Internet, and speak https.
    "WEBHOOK_ALLOWED_HOSTS": [],
    # What Prometheus has to send as a bearer token to read the metrics, 16 characters or more.
    # Without one there is no page of metrics, outside of DEBUG.
    "METRICS_TOKEN": None,  # nosec B105
    # A learner's page of an order, for mails: "https://shop.example.org/orders/{order_id}".
    "ORDER_PAGE_URL": None,
}


class JoanieSettings:
    """Attribute access to ``settings.JOANIE``, falling back to ``DEFAULTS``."""

    def __getattr__(self, name: str) -> Any:
        if name not in DEFAULTS:
            raise AttributeError(f"Joanie has no setting {name!r}")
        configured = getattr(settings, "JOANIE", {})
        if not isinstance(configured, Mapping):
            raise ImproperlyConfigured("JOANIE must be a dictionary")
        return configured.get(name, DEFAULTS[name])

    @property
    def is_readable(self) -> bool:
        """Whether there are settings for system checks to look at; E001 complains otherwise."""
        return isinstance(getattr(settings, "JOANIE", {}), Mapping)

    @property
    def retention_days(self) -> Mapping[str, int | None]:
        """Days by kind, with the defaults of those that are left out; None keeps for ever."""
        configured, defaults = self.RETENTION_DAYS, DEFAULTS["RETENTION_DAYS"]
        return dict.fromkeys(defaults) if configured is None else {**defaults, **configured}

    @property
    def default_vat_rate(self) -> Decimal:
        """Percent, as a number."""
        return Decimal(str(self.DEFAULT_VAT_RATE))


joanie_settings = JoanieSettings()
