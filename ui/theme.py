"""Colours, fonts and the style sheet, read from the tokens in `resources/themes/*.toml`."""
