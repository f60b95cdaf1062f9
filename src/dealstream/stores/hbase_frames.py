"""Rows cut into what one request to HBase may hold, however large the events are and whoever's they are.

A Thrift server refuses requests that are too large (framed ones of 2 MB, unless it is told otherwise; others of
100 MB), and would refuse them again at every replay.
"""

from collections.abc import Iterator, Mapping

from dealstream.domain.rows import Cells

FRAME_BYTES = 1 << 20
# what a cell takes besides its value: its column, mostly, of at most a few hundred bytes
_CELL_BYTES = 100


def frames(rows: Cells, frame_bytes: int = FRAME_BYTES) -> Iterator[Cells]:
    """Yield all cells of ``rows``, each time of about ``frame_bytes`` at most, or a single cell that is larger."""
    frame: dict[bytes, Mapping[bytes, bytes]] = {}
    size = 0
    for row, columns in rows.items():
        for part, more in _parts(columns, frame_bytes):
            if frame and (row in frame or size + more > frame_bytes):
                yield frame
                frame, size = {}, 0
            frame[row] = part
            size += more
    if frame:
        yield frame


def _parts(columns: Mapping[bytes, bytes], frame_bytes: int) -> Iterator[tuple[Mapping[bytes, bytes], int]]:
    size = sum(map(len, columns.values())) + _CELL_BYTES * len(columns)
    if size <= frame_bytes or len(columns) == 1:
        yield columns, size
        return
    cells = list(columns.items())
    half = len(cells) // 2
    yield from _parts(dict(cells[:half]), frame_bytes)
    yield from _parts(dict(cells[half:]), frame_bytes)
