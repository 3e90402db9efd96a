"""Pure rules: no Flask, no database, no files, no clock, no randomness of their own."""
