"""Is this launch genuine?  Token formats, trust registry, replay guard, launch codes."""
