"""The quota page."""
