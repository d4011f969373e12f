"""What is planned and what is new: the forward plan, calendars to subscribe to, and news feeds."""
