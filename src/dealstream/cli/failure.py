"""How a command says that it can't do what it was asked for: one line, no traceback."""


class Failure(Exception):  # noqa: N818 -- it is not a defect but an answer
    """Ends the command with ``message`` on stderr; ``exit_code`` is 1, or 2 when the command line was wrong."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
