"""Pabulib `.pb` files (pabulib.org/format): read strictly or leniently, and written so that they read back the same."""

from pbvote.tally.pabulib.file import PabulibError, PabulibFile
from pbvote.tally.pabulib.mends import Kind, Mended
from pbvote.tally.pabulib.reader import read_pabulib
from pbvote.tally.pabulib.writer import write_pabulib

__all__ = ["Kind", "Mended", "PabulibError", "PabulibFile", "read_pabulib", "write_pabulib"]
