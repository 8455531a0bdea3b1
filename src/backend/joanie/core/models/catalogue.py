"""What can be studied, and who teaches it."""

from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from modeltrans.fields import TranslationField

from joanie.core.logos import check_uploaded, name_after_content
from joanie.core.models.base import BaseModel

validate_code = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
    _("Use letters, digits, “_”, “.” and “-” only, starting with a letter or a digit."),
)


class Organization(BaseModel):
    """A seller of courses: the party that issues pro forma invoices."""

    code = models.CharField(max_length=50, unique=True, validators=[validate_code])
    title = models.CharField(max_length=255)
    address = models.CharField(max_length=255, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = CountryField(blank=True)
    registration_number = models.CharField(
        max_length=50, blank=True, help_text=_("In its country's register of companies.")
    )
    vat_number = models.CharField(max_length=30, blank=True)
    contact_email = models.EmailField(blank=True)
    logo = models.FileField(
        upload_to="joanie/logos",
        blank=True,
        validators=[FileExtensionValidator(["png", "jpg", "jpeg"])],
        help_text=_("Printed on documents: PNG or JPEG, of a megabyte at most."),
    )
    legal_mentions = models.TextField(
        blank=True, help_text=_("Printed at the end of documents, such as terms of payment.")
    )

    i18n = TranslationField(fields=("title", "legal_mentions"))
    title_i18n: str
    legal_mentions_i18n: str

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code}: {self.title}"

    def clean(self) -> None:
        """Check what an uploaded logo contains, beside its extension."""
        super().clean()
        try:
            check_uploaded(self.logo)
        except ValidationError as error:
            raise ValidationError({"logo": error}) from error

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Name a new logo after its content: documents rely on it."""
        name_after_content(self.logo)
        super().save(*args, **kwargs)


# django-stubs cannot see behind the manager that modeltrans puts on course runs.
class Course(BaseModel):  # type: ignore[django-manager-missing]
    code = models.CharField(max_length=100, unique=True, validators=[validate_code])
    title = models.CharField(max_length=255)
    organizations = models.ManyToManyField(Organization, related_name="courses", blank=True)

    i18n = TranslationField(fields=("title",))
    title_i18n: str

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code}: {self.title}"
