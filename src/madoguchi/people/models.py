"""Users and the roles they hold at an organisation or a place."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

from madoguchi.people.rules import ROLES


class User(AbstractUser):
    """A person who signs in."""

    display_name = models.CharField(max_length=80, blank=True)
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.display_name or self.username


class Membership(models.Model):
    """A role at an organisation; with `place_id`, only at that place; with `provider`, for that provider.

    Organisations and places live in a room above this one, so they are held by identifier.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=24, choices=[(role, role) for role in ROLES])
    organisation_id = models.UUIDField(null=True, db_index=True)
    place_id = models.UUIDField(null=True)
    provider = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "organisation_id", "place_id", "provider"],
                name="people_one_membership_each",
                nulls_distinct=False,
            )
        ]
