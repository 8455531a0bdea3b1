from tests.shop import card, deaf_shop, emulator_url, provider, shop

__all__ = ["card", "deaf_shop", "emulator_url", "provider", "shop"]
