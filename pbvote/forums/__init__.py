"""The communities that decide together, and how to find one's own."""
