"""One question to several legs, their answers side by side."""
