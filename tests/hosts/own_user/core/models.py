"""What a canteen sells, named as Joanie names what it sells."""

from django.conf import settings
from django.db import models


class OfSomebody(models.Model):
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="%(class)ss"
    )

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self.owner}"


class Order(OfSomebody):
    meal = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices={"cooking": "Cooking", "eaten": "Eaten"})


class Address(OfSomebody):
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="addresses"
    )


class Enrollment(OfSomebody):
    pass
