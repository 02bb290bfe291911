"""The transcript: a window of real widgets over a conversation of any length."""
