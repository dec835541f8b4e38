"""The numbered steps from an empty database to today's, each a module with `up(database)`,
or with `seal(database, sealed)` where secrets are to be sealed, or both.

A step is never edited once released; the next one changes what it made. Each runs in a transaction
of its own, so it may not commit.
"""
