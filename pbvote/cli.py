"""The `pbvote` command. Each subcommand is a module of `pbvote.commands`, imported only when it is asked for."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import NoReturn

import rich_click as click

from pbvote import __version__
from pbvote.errors import DomainError, SettingsError

# Name -> module of pbvote.commands, in the order of `pbvote --help`, with the line that the help shows.
COMMANDS = {
    "demo": ("demo", "Serve a demo partnership with rounds in every phase."),
    "serve": ("serve", "Serve the website and its API."),
    "migrate": ("migrate", "Bring the database's schema up to date."),
    "doctor": ("doctor", "Look at everything that an operator should look at."),
    "backup": ("backup", "Back the database up, and check the backup."),
    "restore": ("restore", "Put a backup back."),
    "continue-log": ("continue_log", "Let ballot logs go on after a restore."),
    "keys": ("keys", "Make the keys of this installation."),
    "account": ("account", "Accounts of officers and organisers."),
    "role": ("role", "What people do for a forum."),
    "forum": ("forum", "Forums."),
    "tally": ("tally", "Count a Pabulib file by a rule."),
    "check": ("check", "Report on the format of a Pabulib file."),
    "compare": ("compare", "Count a Pabulib file by every rule, side by side."),
    "explain": ("explain", "Say what happened to one project of a Pabulib file."),
    "verify": ("verify", "Check a published result and count it again."),
    "witness": ("witness", "Watch the log of a vote, and countersign it."),
    "witness-key": ("witness_key", "Make the key of a witness."),
    "import": ("import_round", "Make a whole round of a Pabulib file."),
}


LISTING = "pbvote.listing"
INTERRUPTED = 130  # what a shell says of a program that Ctrl+C ended


class LazyGroup(click.RichGroup):
    """A group that imports a command's module when the command is run, so that its own help is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in a useful order."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; while the group's help is written, one that has its line of help only."""
        if cmd_name not in COMMANDS:
            return None
        module, line = COMMANDS[cmd_name]
        if ctx.meta.get(LISTING):
            return click.Command(cmd_name, help=line)
        command: click.Command = import_module(f"pbvote.commands.{module}").command
        return command

    def get_help(self, ctx: click.Context) -> str:
        """Write the help without importing any command."""
        ctx.meta[LISTING] = True
        return super().get_help(ctx)


@click.group(cls=LazyGroup)
@click.version_option(__version__, prog_name="pbvote")
def cli() -> None:
    """Participatory budgeting: from an open round to a result that anyone can check."""


def main() -> None:
    """Run the command. Mistakes in settings or input are one sentence on standard error and exit code 2."""
    try:
        cli(prog_name="pbvote", standalone_mode=True)
    except SettingsError as error:
        _stop(str(error))
    except DomainError as error:
        details = dict.fromkeys(reason.detail for reason in error.reasons)
        _stop(str(error), *(detail for detail in details if detail not in str(error)))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        # imported now because it needs the libraries whose errors it knows
        sentence: str | None = import_module("pbvote.commands.mistakes").sentence_of(error)
        if sentence is None:
            raise
        _stop(sentence)


def _stop(sentence: str, *more: str) -> NoReturn:
    """Say what is wrong, one sentence on each line."""
    lines = [" ".join(line.split()) for line in (sentence, *more)]
    sys.stderr.write("pbvote: " + "\n  ".join(lines) + "\n")
    sys.exit(2)
