"""Finding: what stands in the conversations, and where everything is."""
