# mypy: ignore-errors
# Django is in an environment of its own.
# ruff: noqa: I001  # sorted as in an environment that has Django
"""Make the tables and fill them with what stands on the standard input: a poll, its costs, and the codes."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from uuid import uuid4

import django
from django.core.management import call_command

django.setup()

from django.utils import timezone  # noqa: E402  # after the setup, as Django wants it
from django_standin.models import Elector, Poll, Project, Round  # noqa: E402
from django_standin.views import hashed  # noqa: E402

town = json.load(sys.stdin)
call_command("migrate", run_syncdb=True, verbosity=0)
round_ = Round.objects.create(phase="voting", closes_at=timezone.now() + timedelta(days=13))
poll = Poll.objects.create(id=town["poll"], round=round_, budget=town["budget"], most_choices=town["most"])
Project.objects.bulk_create(Project(poll=poll, number=n, cost=cost) for n, cost in enumerate(town["costs"], start=1))
electors = (Elector(id=uuid4(), round=round_, code_hash=hashed(code)) for code in town["codes"])
Elector.objects.bulk_create(electors, batch_size=2_000)
