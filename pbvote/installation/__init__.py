"""What an administrator has chosen for the whole installation: its looks, how long things are kept, who needs codes."""
