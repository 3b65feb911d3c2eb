"""What is done with confidential cases. Nothing of it is told to any log, notice or job outside the vault."""
