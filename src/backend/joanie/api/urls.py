from django.urls import path
from rest_framework.routers import SimpleRouter

from joanie.api.views.addresses import AddressViewSet
from joanie.api.views.catalogue import CourseRunViewSet, CourseViewSet, ProductViewSet
from joanie.api.views.credit_cards import CreditCardViewSet
from joanie.api.views.documentation import DocumentationView, SchemaView
from joanie.api.views.notifications import receive
from joanie.api.views.orders import OrderViewSet
from joanie.api.views.payment_methods import PaymentMethodViewSet
from joanie.api.views.payment_return import return_from_provider

router = SimpleRouter()
router.register("addresses", AddressViewSet, basename="address")
router.register("course-runs", CourseRunViewSet, basename="course-run")
router.register("courses", CourseViewSet, basename="course")
router.register("credit-cards", CreditCardViewSet, basename="credit-card")
router.register("orders", OrderViewSet, basename="order")
router.register("payment-methods", PaymentMethodViewSet, basename="payment-method")
router.register("products", ProductViewSet, basename="product")

urlpatterns = [
    *router.urls,
    path("payments/notifications/", receive, name="payment-notifications"),
    path("payments/notifications/<str:alias>/", receive, name="payment-notifications"),
    path("payments/<uuid:attempt_id>/return/", return_from_provider, name="payment-return"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocumentationView.as_view(), name="docs"),
]
