"""What goes out: links, feeds, calendar and mail."""
