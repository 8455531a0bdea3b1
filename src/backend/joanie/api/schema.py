"""What the description of the API needs besides the views."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, build_bearer_security_scheme_object
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.utils import (
    Direction,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers

from joanie.api.examples import illustrate
from joanie.api.named_choices import name_choices
from joanie.api.shown import find_serializer
from joanie.conf import joanie_settings

View = TypeVar("View", bound=Callable[..., Any])
Endpoint = tuple[str, str, str, Any]

ErrorSerializer = inline_serializer(
    "Error",
    {
        "detail": serializers.CharField(help_text="For people, in their language."),
        "code": serializers.CharField(help_text="For programs."),
        "order_id": serializers.UUIDField(
            required=False, help_text="The order that was placed all the same."
        ),
        "failure_code": serializers.CharField(required=False, help_text="Of the payment."),
    },
)
FIELD_ERRORS = OpenApiResponse(
    {
        "type": "object",
        "description": "Messages by field; those of a nested object are nested alike.",
        "additionalProperties": {},
    },
    "What was sent is not valid.",
)
MEANINGS = {
    401: "No token, or a bad one.",
    403: "Not allowed here.",
    404: "Not there, or not yours.",
    409: "Not possible in the present state.",
    413: "Too large.",
    415: "Not JSON.",
    422: "The payment was declined, or the Idempotency-Key stands for another request.",
    429: "Too many requests, or too many payments were declined.",
    502: "Our account at the payment provider is misconfigured.",
    503: "A provider or a lock does not answer: try again after Retry-After.",
}
REVALIDATION = [
    OpenApiParameter(
        "If-None-Match",
        str,
        OpenApiParameter.HEADER,
        description="The ETag of an answer that is at hand: 304 when it is still right.",
    ),
    OpenApiParameter(
        "ETag",
        str,
        OpenApiParameter.HEADER,
        response=[200, 304],
        description="Changes with the answer, its reader and their language.",
    ),
]
# What a view that runs payments may answer besides.
CHECKOUT_ERRORS = (409, 422, 429, 502, 503)


def errors(*statuses: int) -> dict[int, Any]:
    """Describe the answers of ``extend_schema`` that are errors."""
    return {
        status: FIELD_ERRORS
        if status == 400
        else OpenApiResponse(ErrorSerializer, MEANINGS[status])
        for status in statuses
    }


class ApiSchema(AutoSchema):
    """Adds what every view may answer (a bad token, a bad body, no such row), and examples."""

    def is_excluded(self) -> bool:
        """Keep out of what describes the host's own API, which may call things as we do."""
        is_ours = keep_own_endpoints in spectacular_settings.PREPROCESSING_HOOKS
        return not is_ours or super().is_excluded()

    def get_operation(self, *args: Any) -> dict[str, Any] | None:
        description: dict[str, Any] | None = super().get_operation(*args)
        if description is not None:
            illustrate(description, self._share_example)
        return description

    def _share_example(self, name: str, example: Any) -> dict[str, str]:
        component = ResolvedComponent(name, ResolvedComponent.EXAMPLE, example, object=name)  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(component)
        return component.ref

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status, response in errors(*self._common_errors()).items():
            code = str(status)
            if code not in bodies:
                bodies[code] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    response, code
                )
        if self._is_revalidated():
            bodies["304"] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                OpenApiResponse(None, "The answer at hand is still right."), "304"
            )
        return bodies

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = super().get_override_parameters()
        return [*parameters, *REVALIDATION] if self._is_revalidated() else parameters

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._resolve_path_parameters(  # type: ignore[no-untyped-call]
            variables
        )
        for parameter in parameters:
            if parameter["name"] == "id":
                parameter["schema"] = {"type": "string", "format": "uuid"}
        return parameters

    def resolve_serializer(self, serializer: Any, *args: Any, **kwargs: Any) -> ResolvedComponent:
        """Describe the host's serializer, where it has one in the place of ours."""
        component = super().resolve_serializer(_in_force(serializer), *args, **kwargs)
        properties = (component.schema or {}).get("properties", {})
        for name, described in properties.items():
            properties[name] = name_choices(described, self.registry)
        return component

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> dict[str, Any]:
        """Say that an answer always has what a request may leave out for the model's default."""
        schema: dict[str, Any] = super()._map_basic_serializer(  # type: ignore[no-untyped-call]
            serializer, direction
        )
        if direction == "response" and isinstance(serializer, serializers.ModelSerializer):
            schema["required"] = sorted(schema["properties"])
        return schema

    def _is_revalidated(self) -> bool:
        return self.method == "GET" and getattr(self.view, "is_revalidated", False)

    def _common_errors(self) -> list[int]:
        has_pages = self._is_list_view() and getattr(self.view, "pagination_class", None)
        statuses = [401, 404, 429] if has_pages or "{" in self.path else [401, 429]
        if joanie_settings.PERMISSION_CLASSES and hasattr(self.view, "is_checkout"):
            statuses.append(403)
        if self.method in {"POST", "PUT", "PATCH"}:
            statuses.append(413)
            if self.get_request_serializer() is not None:
                statuses += [400, 415]
        if self._is_list_view() and getattr(self.view, "filterset_class", None):
            statuses.append(400)
        return statuses


def _in_force(serializer: Any) -> Any:
    ours = serializer if isinstance(serializer, type) else type(serializer)
    theirs = find_serializer(ours)
    if theirs is ours:
        return serializer
    return theirs(partial=getattr(serializer, "partial", False))


def describe(**options: Any) -> Callable[[View], View]:
    """Do what ``extend_schema`` does, on top of ``ApiSchema``.

    By itself that takes the host's DEFAULT_SCHEMA_CLASS, which need not be drf-spectacular's.
    """

    def decorate(view: View) -> View:
        view.kwargs = {**getattr(view, "kwargs", {}), "schema": ApiSchema}  # type: ignore[attr-defined]
        described: View = extend_schema(**options)(view)
        return described

    return decorate


class JWTScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "joanie.api.authentication.JWTAuthentication"
    name = "jwt"

    def get_security_definition(self, _auto_schema: AutoSchema) -> dict[str, Any]:
        return build_bearer_security_scheme_object("Authorization", "Bearer", "JWT")


def keep_own_endpoints(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Leave out what the host's other applications serve."""
    return [endpoint for endpoint in endpoints if isinstance(endpoint[3].cls.schema, ApiSchema)]
