"""Item models: what the views show, without how."""
