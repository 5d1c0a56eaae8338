"""The catalogue of pages: what there is to see, in which tab, from which sections, printed by what."""
