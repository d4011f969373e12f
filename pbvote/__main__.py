"""`python -m pbvote` is the `pbvote` command."""

from pbvote.cli import main

if __name__ == "__main__":
    main()
