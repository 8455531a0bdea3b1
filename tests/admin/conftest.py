from tests.admin.staff import boss, clerk
from tests.shop import deaf_shop, emulator_url, provider, shop

__all__ = ["boss", "clerk", "deaf_shop", "emulator_url", "provider", "shop"]
