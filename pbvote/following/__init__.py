"""Following a forum, a round or a proposal by e-mail: asking, confirming, being told, stopping."""
