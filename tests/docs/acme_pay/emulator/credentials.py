from joanie.emulators.kit.acquirer.accounts import Account


def describe(account: Account) -> dict[str, str]:
    """Give what a merchant is shown of its account, as the backend's settings name it."""
    return {"secret_key": account.secret}
