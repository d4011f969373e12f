"""The demo partnership: forums, people and rounds in every phase, made through the same verbs as the real thing."""
