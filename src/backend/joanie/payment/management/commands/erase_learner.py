from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError

from joanie.common.exceptions import JoanieError
from joanie.core.services.erasure import fields_left
from joanie.core.services.owners import find_owner
from joanie.payment.services.erasure import (
    count_personal_data,
    count_unsettled_notifications,
    erase_learner,
    refuse_unless_erasable,
)


class Command(BaseCommand):
    help = "Erase who a learner is. Orders, payments and documents stay, as bookkeeping wants."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("learner", help="the user name, or the id")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="only say what would be erased, and what hinders",
        )

    def handle(self, *args: Any, learner: str, dry_run: bool, **options: Any) -> None:
        found = self._find(learner)
        try:
            if dry_run:
                self._tell(count_personal_data(found))
                refuse_unless_erasable(found)
            else:
                self._tell(erase_learner(learner=found))
        except JoanieError as error:
            raise CommandError(error.message) from error
        self._tell_what_is_left(found)
        self.stdout.write("Nothing was changed." if dry_run else f"Learner {found.pk} was erased.")

    def _find(self, name: str) -> AbstractBaseUser:
        model = get_user_model()
        users = model._default_manager  # noqa: SLF001 - public by documentation
        named = users.filter(**{model.USERNAME_FIELD: name}).first()
        numbered = find_owner(name)
        if named is not None and numbered is not None and named.pk != numbered.pk:
            raise CommandError(
                f"{name!r} is the name of one learner and the id of another: "
                f"give the id {named.pk}, or the name {numbered.get_username()!r}."
            )
        found = named or numbered
        if found is None:
            raise CommandError(f"There is no learner {name!r}.")
        return found

    def _tell(self, counts: dict[str, int]) -> None:
        for kind, count in counts.items():
            self.stdout.write(f"{count:>6} {kind}")

    def _tell_what_is_left(self, learner: AbstractBaseUser) -> None:
        waiting = count_unsettled_notifications(learner)
        if waiting:
            self.stdout.write(
                f"{waiting} notifications about the learner stay, for they were never processed: "
                "replay them, then repeat this."
            )
        left = fields_left(learner)
        if left:
            self.stdout.write(f"Left to your project, of the user: {', '.join(left)}.")
