"""Tables of the audit log and the outbox."""

from __future__ import annotations

from django.db import models

from madoguchi.core.ids import new_id


class Event(models.Model):
    """One fact: who did what to which thing. Append-only (held by a trigger)."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    name = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, db_index=True)
    facts = models.JSONField(default=dict)


class Block(models.Model):
    """A sealed run of events; its hash covers them and the block before. Append-only."""

    number = models.PositiveBigIntegerField(unique=True)
    first_event = models.BigIntegerField()
    last_event = models.BigIntegerField()
    sealed_at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)


class Delivery(models.Model):
    """A message to a provider, kept until it is delivered, declined or given up (the outbox)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    destination = models.CharField(max_length=60)
    event = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, db_index=True)
    data = models.JSONField()
    state = models.CharField(max_length=12, default="waiting")
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "next_at"]), models.Index(fields=["destination", "id"])]


class Attempt(models.Model):
    """One try at a delivery and what came back."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    status = models.PositiveIntegerField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)


class Heartbeat(models.Model):
    """When a background process last showed that it is alive."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
