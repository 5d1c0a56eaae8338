"""Which sites may show a hospital's pages in a frame (architecture.md D2)."""
