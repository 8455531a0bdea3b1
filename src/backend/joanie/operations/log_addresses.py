"""Keeps the addresses of requests out of the log: they may hold what lets somebody in."""

import logging

from django.http import HttpRequest


class WithoutAddresses(logging.Filter):
    """Put the name of the view in the place of the address, in what Django says of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            addresses = _ways_to_write(request)
            view = name_view(request)
            record.args = tuple(view if each in addresses else each for each in record.args)
        return True


def name_view(request: HttpRequest) -> str:
    """Return "none" for an address that there is no view of, or that was not looked up."""
    match = request.resolver_match
    return match.view_name if match else "none"


def _ways_to_write(request: HttpRequest) -> set[str]:
    """Give the address as it came, and as Django writes it: without what could feign a line."""
    paths = {request.path, request.path_info, request.get_full_path()}
    return paths | {path.encode("unicode_escape").decode("ascii") for path in paths}
