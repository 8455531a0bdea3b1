from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """The sandbox's own user model: Joanie ships none."""
