"""The e-mail that a link is sent in."""

from __future__ import annotations

from pbvote.accounts.models import Invite
from pbvote.notices.messages import Message
from pbvote.notices.writing import Writer


def invite_message(writer: Writer, invite: Invite, link: str) -> Message:
    """A link to join or to choose a new password, and nothing else."""
    words = writer.words[writer.default]
    if invite.account_id is None:
        subject = words.text("plain.notice.invite_subject", partnership=writer.partnership)
        text = words.text("plain.notice.invite_text", partnership=writer.partnership, link=link)
    else:
        subject = words.text("plain.notice.password_subject", partnership=writer.partnership)
        text = words.text("plain.notice.password_text", partnership=writer.partnership, link=link)
    return Message(invite.email, subject, text, writer.default, invite.expires_at)
