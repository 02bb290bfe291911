"""The commands for scripts and headless machines; each uses the same core as the window."""
