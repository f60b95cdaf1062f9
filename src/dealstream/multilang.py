"""Standard output belongs to Storm's multilang protocol."""

import sys


def reserve_stdout() -> None:
    """Send what any library prints from now on to standard error, which Storm logs.

    pystorm means to do that, and does not with its JSON serializer, which wraps the stream before pystorm looks at it;
    the serializer keeps its hold on the real one.
    """
    sys.stdout = sys.stderr
