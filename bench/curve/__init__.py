"""What an event costs to count, over the number of deals."""
