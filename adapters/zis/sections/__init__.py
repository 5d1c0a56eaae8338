"""What each section of the record is asked with, and how its entries are read. Start at ``table.py``."""
