from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from core.views import Orders

app_name = "core"
urlpatterns = [
    path("orders/", Orders.as_view(), name="order-list"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
]
