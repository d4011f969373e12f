"""What HTTP needs and no slice owns."""
