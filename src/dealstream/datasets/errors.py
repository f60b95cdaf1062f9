"""What goes wrong with data sets."""


class DatasetError(ValueError):
    """The data set can't be written as asked for; the message says why."""
