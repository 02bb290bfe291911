"""Files and pictures that go with a question: read into text within limits, kept, put before a model."""
