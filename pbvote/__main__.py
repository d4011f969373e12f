"""`python -m pbvote` is the `pbvote` command."""

from pbvote.cli import main

main()
