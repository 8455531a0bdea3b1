"""What a host project includes: ``path("", include("joanie.urls"))``."""

from django.urls import include, path

app_name = "joanie"
urlpatterns = [path("api/v1.0/", include("joanie.api.urls"))]
