"""The outside systems, one a file, each with its in-memory twin."""
