"""What others build: one Django and DRF request, one ORM transaction. Run by bench/intake.py, where pbvote is not."""
