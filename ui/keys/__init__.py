"""Keyboard shortcuts: which actions there are, which keys they have, and where the user changes them."""
