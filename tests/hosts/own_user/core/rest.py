"""How the host's own API speaks: not at all as Joanie's does."""

from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response


class Envelope(JSONRenderer):
    def render(self, data, *arguments, **options):
        return super().render({"canteen": data}, *arguments, **options)


def answer_error(error, context):
    return Response("The canteen says no.", status=418)


def shout(result, **_options):
    """Change the description of an API, after it was made."""
    result["info"]["title"] = result["info"]["title"].upper()
    return result
