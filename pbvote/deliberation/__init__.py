"""What residents say about proposals: comments, supports, questions to officers; and how officers moderate them."""
