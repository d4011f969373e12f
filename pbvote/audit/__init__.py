"""Who did what when: typed, append-only, in the same transaction as the change."""
