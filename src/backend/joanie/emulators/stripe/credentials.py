"""The keys of an account, all made from its one secret: the secret key is what follows ``sk_``."""

from joanie.emulators.kit.acquirer.accounts import Account

LIVE = "live_"


def is_live(account: Account) -> bool:
    """Say whether the account is in live mode: its secret begins with ``live_``."""
    return account.secret.startswith(LIVE)


def secret_key(account: Account) -> str:
    return f"sk_{_mode(account)}{account.secret.removeprefix(LIVE)}"


def publishable_key(account: Account) -> str:
    return f"pk_{_mode(account)}{account.derive('publishable key')[:24]}"


def webhook_secret(account: Account) -> str:
    return f"whsec_{account.derive('webhook secret')}"


def describe(account: Account) -> dict[str, str]:
    """Give what a merchant is shown of its account, as the backend's settings name it."""
    return {
        "secret_key": secret_key(account),
        "publishable_key": publishable_key(account),
        "webhook_secret": webhook_secret(account),
    }


def _mode(account: Account) -> str:
    return LIVE if is_live(account) else "test_"
