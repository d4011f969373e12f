"""What messages say, in the language of their forum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from pbvote.notices.messages import Message
from pbvote.roll.printing import Words
from pbvote.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Writer:
    """The strings of every published language, the one for forums of any other, and who writes, from which address."""

    words: Mapping[str, Words]
    default: str
    partnership: str
    base_url: str

    def recorded(self, round_: Round, to: str) -> Message:
        """That a vote was recorded, and whom to ask if it was somebody else's; nothing else."""
        language = self.language(round_)
        words = self.words[language]
        return Message(
            to,
            words.text("plain.notice.recorded_subject", round=round_.title),
            words.text("plain.notice.recorded_text", **self._about(round_)),
            language,
        )

    def link(self, round_: Round, to: str, token: str, until: datetime, minutes: int) -> Message:
        """The link with which a voting code can be had, once; the token is in the fragment, which no server sees."""
        language = self.language(round_)
        words = self.words[language]
        link = f"{self.base_url}/{language}/r/{quote(round_.slug)}/email#{token}"
        return Message(
            to,
            words.text("plain.notice.link_subject", round=round_.title),
            words.text("plain.notice.link_text", **self._about(round_), link=link, minutes=minutes),
            language,
            until,
        )

    def draft(self, round_: Round, to: str, key: str, days: int) -> Message:
        """The key of a draft of a proposal, as a link; the key is in the fragment, which no server sees."""
        language = self.language(round_)
        words = self.words[language]
        link = f"{self.base_url}/{language}/r/{quote(round_.slug)}/mine#{key}"
        return Message(
            to,
            words.text("plain.notice.draft_subject", round=round_.title),
            words.text("plain.notice.draft_text", **self._about(round_), link=link, symbols=key, days=days),
            language,
        )

    def language(self, round_: Round) -> str:
        """The language in which the forum is written to."""
        return round_.forum.language if round_.forum.language in self.words else self.default

    def _about(self, round_: Round) -> dict[str, str]:
        forum = round_.forum
        contact = ", ".join(part for part in (forum.contact_email, forum.contact_phone) if part)
        return {
            "round": round_.title,
            "forum": forum.name,
            "partnership": self.partnership,
            "contact": contact or forum.name,
        }
