"""Where the money comes from: sources, budget lines, and the ledger of what was promised, committed and paid."""
