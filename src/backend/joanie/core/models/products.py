"""What is sold."""

from decimal import Decimal
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from modeltrans.fields import TranslationField

from joanie.common.money import InvalidAmount, MoneyField, parse_money
from joanie.conf import joanie_settings
from joanie.core.enums import ProductType
from joanie.core.models.base import BaseModel
from joanie.core.models.catalogue import Course, Organization
from joanie.core.models.course_runs import CourseRun


class Product(BaseModel):
    """Displayed on ``courses``, sold by ``organizations``, gives access to ``target_courses``."""

    type = models.CharField(
        max_length=20, choices=ProductType.choices, default=ProductType.CREDENTIAL
    )
    title = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    call_to_action = models.CharField(max_length=255, blank=True)
    price = MoneyField(help_text=_("What the learner pays, VAT included."))
    vat_rate = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Percent, contained in the price; the default rate when empty."),
    )
    max_orders = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text=_("Seats: orders at a time, those still to be paid included. Any when empty."),
    )
    courses = models.ManyToManyField(Course, related_name="products", blank=True)
    organizations = models.ManyToManyField(Organization, related_name="products", blank=True)
    target_courses: "models.ManyToManyField[Course, Any]" = models.ManyToManyField(
        Course,
        through="ProductTargetCourseRelation",
        related_name="target_products",
        blank=True,
    )

    i18n = TranslationField(fields=("title", "description", "call_to_action"))
    title_i18n: str
    description_i18n: str
    call_to_action_i18n: str

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        ordering = ("-created_on", "id")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price__gte=0), name="product_price_is_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(vat_rate__range=(0, 100)),
                name="product_vat_rate_is_a_percentage",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        price: Any = self.price
        if price is None:  # its field says so
            return
        try:
            parse_money(price.amount, price.currency)
        except InvalidAmount as error:
            raise ValidationError({"price": _("This currency has no such amount.")}) from error

    @property
    def applicable_vat_rate(self) -> Decimal:
        """Percent: its own rate, or the default one."""
        return joanie_settings.default_vat_rate if self.vat_rate is None else self.vat_rate


class TargetCourseQuerySet(models.QuerySet[Any]):
    def with_runs(self) -> Self:
        """Give a row for each run that is part of what was bought, with its id as ``run``.

        The relation's own runs, else all of the course's. In no order.
        """
        runs = self.annotate(run=Coalesce("course_runs", "course__course_runs"))
        return runs.filter(run__isnull=False).order_by()


class TargetCourseRelation(BaseModel):
    """A course that is part of something bought, and in which place."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    is_graded = models.BooleanField(default=True)
    course_runs = models.ManyToManyField(
        CourseRun, blank=True, help_text=_("Only these runs; all of the course's when empty.")
    )

    objects = TargetCourseQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("position", "created_on")


class ProductTargetCourseRelation(TargetCourseRelation):
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="target_course_relations"
    )

    class Meta(TargetCourseRelation.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=("product", "course"), name="product_targets_a_course_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.product_id} / {self.course_id}"
