"""System checks of where webhooks may go."""

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's names

from joanie.conf import joanie_settings
from joanie.webhooks.addresses import is_host, is_this_machine


@register()
def check_allowed_hosts(**_: Any) -> list[CheckMessage]:
    if not joanie_settings.is_readable:
        return []
    hosts = joanie_settings.WEBHOOK_ALLOWED_HOSTS
    is_list = isinstance(hosts, (list, tuple))
    if is_list and all(isinstance(host, str) and is_host(host) for host in hosts):
        return []
    return [
        Error(
            "JOANIE['WEBHOOK_ALLOWED_HOSTS'] must be a list of names of hosts, or IP addresses.",
            hint="Write [“catalogue.internal”], without a scheme, a port or a path.",
            id="joanie.E070",
        )
    ]


@register(deploy=True)
def check_this_machine_is_not_called(**_: Any) -> list[CheckMessage]:
    if not joanie_settings.is_readable or check_allowed_hosts():
        return []
    ours = sorted({*filter(is_this_machine, joanie_settings.WEBHOOK_ALLOWED_HOSTS)})
    return [
        Warning(
            f"JOANIE['WEBHOOK_ALLOWED_HOSTS'] has {host!r}: whoever may add an endpoint can send"
            " requests to all that listens on this machine.",
            hint="Name the host that the receiver is on.",
            id="joanie.W071",
        )
        for host in ours
    ]
