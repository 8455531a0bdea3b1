"""What a host may include, at a place of its choice: health and metrics."""

from django.urls import path

from joanie.operations import views

app_name = "joanie_operations"
urlpatterns = [
    path("health/live", views.live, name="live"),
    path("health/ready", views.ready, name="ready"),
    path("health/all", views.everything, name="everything"),
    path("metrics", views.metrics, name="metrics"),
]
