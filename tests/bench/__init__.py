"""Measurements against floors taken in the same run on the same machine (`python3 dev.py bench`)."""
