from tests.admin.staff import boss, clerk
from tests.api.conftest import anonymous, api, other, owner
from tests.shop import card, deaf_shop, emulator_url, provider, shop

__all__ = [
    "anonymous",
    "api",
    "boss",
    "card",
    "clerk",
    "deaf_shop",
    "emulator_url",
    "other",
    "owner",
    "provider",
    "shop",
]
