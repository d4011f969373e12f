"""Printable letters: a tagged PDF, written page by page. Pure: no round, no database, no web."""
