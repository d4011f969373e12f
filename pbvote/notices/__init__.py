"""E-mail to electors: what waits to be sent, and sending it."""
