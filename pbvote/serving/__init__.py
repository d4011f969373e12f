"""Serving over HTTP: the sockets, one process that answers, and the parent of several."""
