from django.urls import path
from rest_framework.routers import SimpleRouter

from joanie.api.views.addresses import AddressViewSet
from joanie.api.views.card_setup_return import return_from_card_setup
from joanie.api.views.catalogue import (
    CourseRunViewSet,
    CourseViewSet,
    OrganizationViewSet,
    ProductViewSet,
)
from joanie.api.views.course_run_sync import CourseRunSyncView
from joanie.api.views.credit_cards import CreditCardViewSet
from joanie.api.views.documentation import DocumentationView, SchemaView
from joanie.api.views.enrollments import EnrollmentViewSet
from joanie.api.views.notifications import receive
from joanie.api.views.orders import OrderViewSet
from joanie.api.views.payment_methods import ClientTokenViewSet, PaymentMethodViewSet
from joanie.api.views.payment_return import return_from_provider

router = SimpleRouter()
router.register("addresses", AddressViewSet, basename="address")
router.register("course-runs", CourseRunViewSet, basename="course-run")
router.register("courses", CourseViewSet, basename="course")
router.register("credit-cards", CreditCardViewSet, basename="credit-card")
router.register("enrollments", EnrollmentViewSet, basename="enrollment")
router.register("orders", OrderViewSet, basename="order")
router.register("organizations", OrganizationViewSet, basename="organization")
router.register("payment-methods", PaymentMethodViewSet, basename="payment-method")
router.register("products", ProductViewSet, basename="product")

urlpatterns = [
    path("credit-cards/setup/return/", return_from_card_setup, name="card-setup-return"),
    path(
        "payment-methods/<str:name>/client-token/",
        ClientTokenViewSet.as_view({"post": "create"}),
        name="client-token",
    ),
    *router.urls,
    path("course-runs-sync/", CourseRunSyncView.as_view(), name="course-run-sync"),
    path("payments/notifications/", receive, name="payment-notifications"),
    path("payments/notifications/<str:alias>/", receive, name="payment-notifications"),
    path("payments/<uuid:attempt_id>/return/", return_from_provider, name="payment-return"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocumentationView.as_view(), name="docs"),
]
