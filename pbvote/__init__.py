"""pbvote: the voting service for participatory budgeting."""

__version__ = "0.1.0"
