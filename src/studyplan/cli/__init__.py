"""The commands: translate arguments, call services, commit once."""
