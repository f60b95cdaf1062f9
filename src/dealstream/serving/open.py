"""Opens what serves a deployment's requests from memory."""

from dealstream.domain.relevance import Storage
from dealstream.serving.follower import Follower
from dealstream.settings import Settings, SettingsError
from dealstream.stores.open import open_cube_changes


def open_follower(settings: Settings) -> Follower:
    """Open what follows the counts in Redis.

    Raises:
        SettingsError: they lie in packed hashes, which change in their midst.

    """
    if settings.relevance.counters is Storage.HASH:
        raise SettingsError(
            'layout = "hash": packed hashes can\'t be followed, only cubes; read the counts for each request, or count'
            ' with layout = "cube"'
        )
    return Follower(open_cube_changes(settings), settings.relevance.keys)
