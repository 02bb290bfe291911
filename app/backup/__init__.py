"""A backup as one file, sealed with a passphrase if wanted."""
