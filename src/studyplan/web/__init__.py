"""The Flask application: translate requests, call services, commit once."""
