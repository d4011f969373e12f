"""Rounds: from a template through the phases of the calendar."""
