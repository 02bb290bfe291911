"""The settings page: three columns, changes apply at once, no OK button."""
