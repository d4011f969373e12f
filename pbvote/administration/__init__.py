"""Who works here and as what, and what an administrator chooses: people, looks, retention, the audit log."""
