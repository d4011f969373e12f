"""What was chosen, as it is stored. What is not there has its usual value."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from pbvote.db import Base


class InstallationValue(Base):
    """One choice, as JSON."""

    __tablename__ = "installation_values"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
