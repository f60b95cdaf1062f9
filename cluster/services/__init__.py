"""The servers, one kind a file."""
