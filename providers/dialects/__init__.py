"""Wire dialects: how a request is written and how an answer is read. No sockets in here."""
