"""What hospital IT does with trust: add, suspend, activate, list."""
