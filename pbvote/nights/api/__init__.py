"""The Decision Night over HTTP: the public page, its set-up, the places, the door, the hall."""

from pbvote.nights.api import door, hall, night, places, setup
from pbvote.nights.api.night import night_out

__all__ = ["handlers", "night_out"]

handlers = [*night.handlers, *setup.handlers, *places.handlers, *door.handlers, *hall.handlers]
