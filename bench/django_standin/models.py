# mypy: ignore-errors
# Django is in an environment of its own.
# ruff: noqa: DJ008  # nobody prints these
"""The same tables as pbvote's ballot box, with the same keys."""

from __future__ import annotations

from django.db import models


class Round(models.Model):
    """A round, with what decides whether a ballot can be cast."""

    phase = models.CharField(max_length=20)
    closes_at = models.DateTimeField()
    paused = models.BooleanField(default=False)


class Poll(models.Model):
    """A vote."""

    id = models.UUIDField(primary_key=True)
    round = models.ForeignKey(Round, on_delete=models.CASCADE)
    budget = models.BigIntegerField()
    most_choices = models.IntegerField(null=True)


class Project(models.Model):
    """A project on the ballot."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE)
    number = models.IntegerField()
    cost = models.BigIntegerField()


class Elector(models.Model):
    """One who may vote, found by the keyed hash of their code."""

    id = models.UUIDField(primary_key=True)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, db_index=False)
    code_hash = models.BinaryField()

    class Meta:
        """One code in a round."""

        constraints = (models.UniqueConstraint(fields=("round", "code_hash"), name="one_code"),)


class CastKey(models.Model):
    """An idempotency key that was used, and for what."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, db_index=False)
    key = models.BinaryField()
    digest = models.BinaryField()

    class Meta:
        """Each once in a poll."""

        constraints = (models.UniqueConstraint(fields=("poll", "key"), name="one_key"),)


class Ballot(models.Model):
    """A sealed ballot."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, db_index=False)
    commitment = models.BinaryField()
    sealed = models.BinaryField()

    class Meta:
        """Each once in a poll."""

        constraints = (models.UniqueConstraint(fields=("poll", "commitment"), name="one_ballot"),)


class Slot(models.Model):
    """The one place of an elector in a poll."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, db_index=False)
    slot = models.BinaryField()
    ballot = models.BinaryField()
    locked = models.BooleanField(default=False)

    class Meta:
        """One for each elector."""

        constraints = (models.UniqueConstraint(fields=("poll", "slot"), name="one_slot"),)
