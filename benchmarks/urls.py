from django.urls import include, path

from benchmarks.floors import DRF_VIEW, NO_MIDDLEWARE, DrfView, no_middleware

urlpatterns = [
    path("", include("sandbox.urls")),
    path(DRF_VIEW.removeprefix("/"), DrfView.as_view()),
    path(NO_MIDDLEWARE.removeprefix("/"), no_middleware),
]
