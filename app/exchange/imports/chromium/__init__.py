"""Reads what Chromium keeps of a page on disk: LevelDB, IndexedDB's keys and values, local storage."""
