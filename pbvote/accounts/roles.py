"""Roles, and the one who acts. A role in one forum gives nothing in another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from pbvote.errors import NotAllowed


class Role(StrEnum):
    """What somebody does for a forum."""

    ORGANISER = "organiser"
    OFFICER = "officer"
    CLERK = "clerk"
    SCRUTINEER = "scrutineer"


STAFF = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who has signed in, with their roles as pairs of forum id and role.

    Whoever must set up a second step first (`must_set_up`) has none of theirs until they have.
    """

    account_id: UUID
    name: str
    email: str
    administrator: bool
    roles: frozenset[tuple[UUID, Role]]
    must_set_up: bool = False

    def roles_in(self, forum_id: UUID) -> frozenset[Role]:
        """This person's roles in one forum."""
        return frozenset(role for forum, role in self.roles if forum == forum_id)

    def require(self, forum_id: UUID, *roles: Role) -> None:
        """Raise NotAllowed unless this person has one of `roles` in the forum."""
        if not self.roles_in(forum_id) & set(roles):
            needed = " or ".join(sorted(roles))
            raise NotAllowed(f"Only an {needed} of this forum may do that.")

    def require_administrator(self) -> None:
        """Raise NotAllowed unless this person is an administrator."""
        if not self.administrator:
            raise NotAllowed("Only an administrator may do that.")
