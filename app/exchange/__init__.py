"""Conversations that come from other programs or go to other files."""
