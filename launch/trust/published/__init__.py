"""Keys that a vendor publishes at its registered ``jwks_url``: read strictly, kept, renewed in time."""
