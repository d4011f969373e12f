"""Pabulib `.pb` files (pabulib.org/format): a strict streaming reader, and a writer whose files read back the same."""

from pbvote.tally.pabulib.file import PabulibError, PabulibFile
from pbvote.tally.pabulib.reader import read_pabulib
from pbvote.tally.pabulib.writer import write_pabulib

__all__ = ["PabulibError", "PabulibFile", "read_pabulib", "write_pabulib"]
