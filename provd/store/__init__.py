"""Tables, queries, migrations. Rows never leave this package; frozen dataclasses do."""
