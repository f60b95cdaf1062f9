"""What a store raises when it cannot be reached."""


class StoreUnavailableError(Exception):
    """A store did not answer, or refused for now: whatever was under way may be there in part. Try again later."""
