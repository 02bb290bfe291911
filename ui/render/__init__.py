"""From a model's Markdown to what the transcript shows. Heavy libraries load on first use only."""
