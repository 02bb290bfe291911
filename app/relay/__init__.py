"""The relay: one turn goes in, a stream of events comes out. Knows no Qt, no SQL and no HTTP."""
