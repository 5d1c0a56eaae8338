"""What each section of the record is asked with (``table.py``), and how its entries are read.

Reading starts at ``readers.py``: one reader per section. A reader is an ``EntryMap`` (``entry_map.py``);
its fields (``fields.py``, ``linked.py``) take what they know from a ``Statement``; what is left is told in
words (``words.py``). The maps: ``care.py``, ``dossier.py``, ``allergies.py``, ``notes.py``, ``letters.py``,
``medication.py``, ``lab.py``, ``results.py``. To add one: docs/adding-a-section.md.
"""
