"""Views of the prompt library: the picker on a new page, the manager, what a conversation has of its own."""
