"""Pictures of the real program, to be looked at (`python3 dev.py screenshots`)."""
