"""How many bytes a counter takes, under load, beside two other ways to keep it in Redis."""
