"""The same counting job done by dealstream and by its peers, each written as its own users would write it."""
