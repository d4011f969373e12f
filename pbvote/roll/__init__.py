"""Who may vote: electors and their voting codes."""
