"""The first-run page: pick a provider, paste its key, see it checked, chat."""
