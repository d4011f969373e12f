"""What the mails to followers say: the link that confirms, each piece of news, the daily mail, and how to stop."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from pbvote.following.subjects import Named
from pbvote.notices.messages import Message
from pbvote.notices.writing import Writer

HOURS = 24
LONGEST_SUBJECT = 150
# What is told, by the names that `news` gives it.
TEXTS: Mapping[str, str] = {
    "opened": "plain.notice.follow_opened",
    "proposals": "plain.notice.follow_proposals",
    "review": "plain.notice.follow_review",
    "voting": "plain.notice.follow_voting",
    "counting": "plain.notice.follow_counting",
    "shortlist": "plain.notice.follow_shortlist",
    "delivery": "plain.notice.follow_delivery",
    "closed": "plain.notice.follow_closed",
    "cancelled": "plain.notice.follow_cancelled",
    "published": "plain.notice.follow_published",
    "certified": "plain.notice.follow_certified",
    "accepted": "plain.notice.follow_accepted",
    "accepted_with_changes": "plain.notice.follow_accepted_with_changes",
    "rejected": "plain.notice.follow_rejected",
    "changes_requested": "plain.notice.follow_changes_requested",
    "merged": "plain.notice.follow_merged",
    "split": "plain.notice.follow_split",
    "withdrawn": "plain.notice.follow_withdrawn",
    "answered_round": "plain.notice.follow_answered_round",
    "answered": "plain.notice.follow_answered",
    "replied": "plain.notice.follow_replied",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of news: what happened, in which round, to which proposal, what officers said about it, where it stands.

    `path` are the parts of an address after the language.
    """

    what: str
    round_title: str
    proposal_title: str
    said: str
    path: tuple[str | int, ...]
    more: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FollowWriter:
    """Writes to followers, with the words and in the name of the installation's writer."""

    writer: Writer

    def language(self, wanted: str) -> str:
        """The published language that is nearest to the wanted one."""
        return wanted if wanted in self.writer.words else self.writer.default

    def confirm(self, language: str, to: str, named: Named, token: str, until: datetime) -> Message:
        """The link that lets an address follow something. Nothing that a resident wrote stands in it.

        Whoever asks chooses whom it goes to: a proposal is named by its number, so that nobody sends words this way.
        """
        words = self.writer.words[language]
        what = named.title
        if named.number is not None:
            what = words.text("plain.notice.follow_proposal", number=str(named.number), round=named.round_title)
        link = f"{self.writer.base_url}/{language}/following#confirm={token}"
        about = {"what": what, "partnership": self.writer.partnership}
        subject = words.text("plain.notice.follow_confirm_subject", **about)
        text = words.text("plain.notice.follow_confirm_text", **about, link=link, count=HOURS)
        return Message(to, _one_line(subject), text, language, until)

    def news(self, language: str, to: str, items: Sequence[Item], token: str) -> Message:
        """A mail with news: one piece each time, or those of a day; with the ways to stop."""
        words, partnership = self.writer.words[language], self.writer.partnership
        told = [self._told(item, language) for item in items]
        subject = told[0][0]
        if len(told) > 1:
            subject = words.text("plain.notice.follow_daily_subject", count=len(told), partnership=partnership)
        foot = words.text("plain.notice.follow_foot", link=self.page(language, token), partnership=partnership)
        text = "\n\n".join([*("\n".join(lines) for lines in told), foot]) + "\n"
        return Message(to, _one_line(subject), text, language, unsubscribe=self.one_click(token))

    def page(self, language: str, token: str) -> str:
        """Where a follower sees and changes what they follow; the token is in the fragment, which no server sees."""
        return f"{self.writer.base_url}/{language}/following#{token}"

    def one_click(self, token: str) -> str:
        """Where mail programs unsubscribe a follower, with one request (RFC 8058)."""
        return f"{self.writer.base_url}/api/following/unsubscribe/{token}"

    def _told(self, item: Item, language: str) -> list[str]:
        """The lines of a piece of news, the first of which can stand in a subject."""
        names = {"round": item.round_title, "proposal": item.proposal_title, **item.more}
        headline = self.writer.words[language].text(TEXTS[item.what], **names)
        parts = (quote(str(part), safe="") for part in item.path)
        return [headline, *([item.said] if item.said else []), "/".join([self.writer.base_url, language, *parts])]


def _one_line(text: str) -> str:
    """The text as a subject: a title of long ago may hold what no header can."""
    plain = "".join(" " if unicodedata.category(character).startswith(("C", "Z")) else character for character in text)
    return " ".join(plain.split())[:LONGEST_SUBJECT]
