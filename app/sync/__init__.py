"""Keeping several computers alike through a folder or a WebDAV server."""
