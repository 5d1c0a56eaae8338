"""The pages of the tab Dossier."""

from views.catalogue.model import Item

RECORD: tuple[Item, ...] = ()
