"""What the scripts in `cluster/bin` do. Standard library only: they run outside the virtualenv too."""
