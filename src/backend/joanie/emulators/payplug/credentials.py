"""What a merchant has to know of its account."""

from joanie.emulators.kit.acquirer.accounts import Account

LIVE, TEST = "sk_live_", "sk_test_"


def secret_key(account: Account) -> str:
    """Give the key of an account, whose secret may come without PayPlug's prefix."""
    return account.secret if account.secret.startswith((LIVE, TEST)) else TEST + account.secret


def describe(account: Account) -> dict[str, str]:
    """Give what a merchant is shown of its account, as the backend's settings name it."""
    return {"secret_key": secret_key(account)}


def is_live(account: Account) -> bool:
    return account.secret.startswith(LIVE)
