"""Who may do what: accounts, sign-ins, roles per forum."""
