"""The database: engine, rows and the queries over them. Rows never leave this floor."""
