"""The commands of `python -m cluster`, one a file. Each returns the exit code."""
