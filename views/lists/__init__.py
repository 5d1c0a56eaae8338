"""Pages that are lists: what each shows is declared here, one module per part of the record."""
