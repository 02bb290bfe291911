"""Conversations as files: Markdown, JSON, and what pages are made of."""
