# mypy: ignore-errors
# Django is in an environment of its own.
# ruff: noqa: I001  # sorted as in an environment that has Django
"""The one route."""

from __future__ import annotations

from django.urls import path
from django_standin.views import CastView

urlpatterns = [path("api/polls/<uuid:poll_id>/ballot", CastView.as_view())]
