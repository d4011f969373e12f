"""Accounts, roles, invites and sign-ins."""

from __future__ import annotations

from uuid import UUID

from pbvote.audit.events.event import Event


class AccountAdded(Event, frozen=True):
    """An account was made."""

    account_id: UUID


class RoleGranted(Event, frozen=True):
    """Somebody was given a role in a forum."""

    account_id: UUID
    forum: str
    role: str


class SignedIn(Event, frozen=True):
    """An officer signed in."""


class RoleTaken(Event, frozen=True):
    """A role in a forum was taken from somebody."""

    account_id: UUID
    forum: str
    role: str


class AdministratorMade(Event, frozen=True):
    """Somebody became an administrator."""

    account_id: UUID


class AdministratorEnded(Event, frozen=True):
    """Somebody is no administrator any more."""

    account_id: UUID


class AccountDeactivated(Event, frozen=True):
    """An account can do nothing any more, and its sign-ins ended."""

    account_id: UUID


class AccountReactivated(Event, frozen=True):
    """An account that was deactivated can sign in again."""

    account_id: UUID


class InviteMade(Event, frozen=True):
    """A link was made with which somebody joins; whom it was made for is not written down here."""

    invite_id: UUID
    roles: list[str]
    administrator: bool


class InviteWithdrawn(Event, frozen=True):
    """A link that somebody could have joined with was made void."""

    invite_id: UUID


class InviteAccepted(Event, frozen=True):
    """Somebody joined with the link that was made for them."""

    invite_id: UUID
    account_id: UUID


class PasswordLinkMade(Event, frozen=True):
    """An administrator made a link with which somebody chooses a new password."""

    account_id: UUID


class PasswordReset(Event, frozen=True):
    """Somebody chose a new password with a link; all their sign-ins ended."""

    account_id: UUID


class PasswordChanged(Event, frozen=True):
    """Somebody changed their password; their other sign-ins ended."""


class SignedOutEverywhere(Event, frozen=True):
    """Somebody ended all their sign-ins."""


class SecondStepSetUp(Event, frozen=True):
    """Somebody is asked for a code of their app from now on; their other sign-ins ended."""


class SecondStepRemoved(Event, frozen=True):
    """An account is asked for no codes any more."""

    account_id: UUID


class SecondStepHeld(Event, frozen=True):
    """So many wrong codes were tried for an account that none is taken for a while."""

    account_id: UUID


class RecoveryCodesMade(Event, frozen=True):
    """Somebody has ten new recovery codes; the old ones are void."""


class RecoveryCodeUsed(Event, frozen=True):
    """Somebody used one of their recovery codes."""
