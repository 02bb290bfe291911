"""The window's part of importing and exporting."""
