from core.models import OfSomebody, Order
from django.conf import settings
from django.db import models


class Payment(OfSomebody):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="payments")


class CreditCard(OfSomebody):
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="credit_cards"
    )
