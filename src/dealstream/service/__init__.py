"""The HTTP service: takes events, ranks deals for a user, tells how deals convert and how the stream does."""
