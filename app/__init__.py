"""The core: what a turn, a chain, a ledger and a conversation are. No Qt and no HTTP here, ever."""
