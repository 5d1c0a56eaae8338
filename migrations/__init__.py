"""The database's history (alembic). ``app/cli_db.py`` applies it."""
