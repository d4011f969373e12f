"""The ballot box's own formats: pure, so that a verifier can use the very same code as the server."""
