"""Stand-ins that are real parts: a loopback HTTP server that plays any vendor."""
