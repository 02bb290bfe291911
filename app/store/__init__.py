"""Conversations on disk: one SQLite file, one thread that owns it."""
