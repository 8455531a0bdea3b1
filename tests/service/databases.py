"""The database of the tests, for programs that take a URL."""

from django.db import connection


def url_of(database: str) -> str:
    """Give the URL of a database on the server of the tests."""
    parameters = connection.get_connection_params()
    login = str(parameters["user"])
    if password := parameters.get("password"):
        login = f"{login}:{password}"
    host = str(parameters["host"]).replace("/", "%2F")
    return f"postgresql://{login}@{host}:{parameters['port']}/{database}"


def url_of_tests() -> str:
    return url_of(connection.settings_dict["NAME"])
