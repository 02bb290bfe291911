"""Bringing in conversations: what other programs export, read as a stream, and our own JSON."""
