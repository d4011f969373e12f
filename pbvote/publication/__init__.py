"""Making an outcome official, with the files to check it."""
