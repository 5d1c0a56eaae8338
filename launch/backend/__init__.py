"""What a HIS's back end tells us itself, without a browser: tickets, and contexts that have ended."""
