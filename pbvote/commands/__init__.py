"""The commands of the `pbvote` program, one module each."""
