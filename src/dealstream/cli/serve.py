"""``dealstream serve``: the HTTP service."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from dealstream.cli.options import DEFAULT_ENV, Config, Env

if TYPE_CHECKING:
    from dealstream.service.keys import Keys

LOCAL = "127.0.0.1"
DEFAULT_PORT = 18080


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on; all are 0.0.0.0.")] = LOCAL,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")] = DEFAULT_PORT,
    body_bytes: Annotated[int, typer.Option(min=1, help="How large a request may be.")] = 1 << 20,
    rate: Annotated[float, typer.Option(min=0.001, help="Requests a second of one caller.")] = 500.0,
    burst: Annotated[int, typer.Option(min=1, help="Requests of one caller at once.")] = 1000,
    env: Env = DEFAULT_ENV,
    config: Config = None,
) -> None:
    """Serve the HTTP API: takes events, ranks deals, tells how they convert; /docs describes it.

    API keys come from the environment: DEALSTREAM_READ_KEYS, DEALSTREAM_WRITE_KEYS, DEALSTREAM_ADMIN_KEYS, each a list
    with commas between. Without any, everything is allowed, but only to this machine.
    """
    from contextlib import ExitStack

    import uvicorn

    from dealstream import settings
    from dealstream.service.app import SWITCH_S, create_app
    from dealstream.service.keys import Keys
    from dealstream.service.limits import Limits
    from dealstream.service.stores import open_stores

    sys.setswitchinterval(SWITCH_S)
    loaded, keys = settings.load(env, config), Keys.of(os.environ)
    _refuse_open_house(host, keys)
    with ExitStack() as closing:
        app = create_app(loaded.relevance, open_stores(loaded, closing), keys, Limits(body_bytes, rate, burst))
        print(f"{loaded.relevance.name} on http://{host}:{port}, {_who(keys)}", flush=True)
        uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, server_header=False)


def _refuse_open_house(host: str, keys: "Keys") -> None:
    from dealstream.cli.failure import Failure

    if not keys.scopes and host not in (LOCAL, "localhost", "::1"):
        raise Failure(
            f"there are no API keys, so {host} would let everybody in: set DEALSTREAM_ADMIN_KEYS", exit_code=2
        )


def _who(keys: "Keys") -> str:
    return f"{len(keys.scopes)} API keys" if keys.scopes else "no API keys: everything is allowed, to this machine only"
