"""The operator's commands, one a file."""
