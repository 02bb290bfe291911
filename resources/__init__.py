"""Data only: provider catalogue, icons, themes, translations, packaging files."""
