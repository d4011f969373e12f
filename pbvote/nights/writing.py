"""What guests of a Decision Night are told by e-mail, in the language of the forum."""

from __future__ import annotations

from urllib.parse import quote
from zoneinfo import ZoneInfo

from pbvote.nights.models import Night
from pbvote.notices.messages import Message
from pbvote.notices.writing import Writer
from pbvote.rounds.models import Round


def place_for_you(writer: Writer, round_: Round, night: Night, to: str, number: int) -> Message:
    """A place became free: this is its number."""
    words, about = writer.words[writer.language(round_)], _about(writer, round_, night)
    return Message(
        to,
        words.text("plain.notice.night_place_subject", **about),
        words.text("plain.notice.night_place_text", **about, number=number),
        writer.language(round_),
        night.begins_at,
    )


def moved(writer: Writer, round_: Round, night: Night, to: str) -> Message:
    """The night has another time or place."""
    words, about = writer.words[writer.language(round_)], _about(writer, round_, night)
    return Message(
        to,
        words.text("plain.notice.night_moved_subject", **about),
        words.text("plain.notice.night_moved_text", **about),
        writer.language(round_),
        night.begins_at,
    )


def called_off(writer: Writer, round_: Round, night: Night, to: str) -> Message:
    """There will be no night."""
    words, about = writer.words[writer.language(round_)], _about(writer, round_, night)
    return Message(
        to,
        words.text("plain.notice.night_off_subject", **about),
        words.text("plain.notice.night_off_text", **about, reason=night.called_off),
        writer.language(round_),
    )


def _about(writer: Writer, round_: Round, night: Night) -> dict[str, str]:
    """Numbers alone for the date: whatever the language, everybody reads them the same."""
    forum, begins = round_.forum, night.begins_at.astimezone(ZoneInfo(round_.forum.timezone))
    contact = ", ".join(part for part in (forum.contact_email, forum.contact_phone) if part)
    return {
        "round": round_.title,
        "forum": forum.name,
        "contact": contact or forum.name,
        "partnership": writer.partnership,
        "place": night.place,
        "address": night.address,
        "date": f"{begins:%d/%m/%Y}",
        "time": f"{begins:%H:%M}",
        "doors": f"{night.doors_at.astimezone(ZoneInfo(forum.timezone)):%H:%M}",
        "link": f"{writer.base_url}/{writer.language(round_)}/r/{quote(round_.slug)}/night",
    }
