"""The `storm` command, as far as streamparse and an operator need it.

Storm's own launcher is in no package that we can fetch. Daemons are not started here but by `python -m cluster up`.
"""

import os
import sys

from cluster.engine import Engine
from cluster.java import tool
from cluster.layout import CLUSTER_HOME, PACKAGE

_COMMANDS = {
    "list": "ListTopologies",
    "kill": "KillTopology",
    "rebalance": "Rebalance",
    "activate": "Activate",
    "deactivate": "Deactivate",
}
_FLUX = "org.apache.storm.flux.Flux"
_LONGEST_SECONDS = 2**31 - 1
"""LocalCluster counts milliseconds in a long; streamparse's "for ever" would overflow there."""

USAGE = (
    f"usage: storm version | jar JAR CLASS [ARGUMENT ...] | local JAR CLASS [ARGUMENT ...] | {' | '.join(_COMMANDS)}"
)


def main(arguments: list[str]) -> str | int:
    """Run one `storm` command. Replaces this process by Java where there is something to run."""
    engine = Engine("storm")
    if not engine.fetched:
        return "storm: Storm is not here yet; `python -m cluster up` fetches it"
    if arguments == ["version"]:
        print(f"Storm {version(engine)}")
        return 0
    command = java_command(engine, arguments)
    if command is None:
        return USAGE
    sys.stdout.flush()
    os.execvp(command[0], command)


def version(engine: Engine) -> str:
    """Storm's version, read off the jar that is used."""
    (jar,) = engine.home.glob("lib/storm-client-*.jar")
    return jar.stem.removeprefix("storm-client-")


def java_command(engine: Engine, arguments: list[str]) -> list[str] | None:
    """Return the Java command line for a `storm` command; None if it is none of ours."""
    match arguments:
        case ["jar", jar, main_class, *rest] if main_class == _FLUX and "--local" in rest:
            return _local(engine, jar, main_class, rest)
        case ["local", jar, main_class, *rest]:
            return _local(engine, jar, main_class, rest)
        case ["jar", jar, main_class, *rest]:
            return _client(engine, jar, [f"-Dstorm.jar={jar}"], [main_class, *rest])
        case [name, *rest] if name in _COMMANDS:
            return _client(engine, None, [], [f"org.apache.storm.command.{_COMMANDS[name]}", *rest])
    return None


def _local(engine: Engine, jar: str, main_class: str, arguments: list[str]) -> list[str]:
    """Run a topology in a cluster inside one JVM. `sparse run` says it as Storm 1 did: `jar ... Flux --local`."""
    seconds, rest = 20, list[str]()
    words = iter(arguments)
    for word in words:
        if word == "--sleep":
            seconds = min(int(next(words)) or _LONGEST_SECONDS, _LONGEST_SECONDS)
        elif word not in ("--local", "--no-splash", "-l", "-s"):
            rest.append(word)
    options = [
        "-Xmx1g",
        f"-Dstorm.local.sleeptime={seconds}",
        f"-Dstorm.jar={jar}",
        f"-Dlog4j2.configurationFile={PACKAGE / 'conf' / 'storm' / 'local.xml'}",
    ]
    return _client(engine, jar, options, ["org.apache.storm.LocalCluster", main_class, *rest])


def _client(engine: Engine, jar: str | None, options: list[str], main: list[str]) -> list[str]:
    """Build a JVM with Storm, Flux, the topology's jar and the cluster's storm.yaml on its class path."""
    conf = os.environ.get("STORM_CONF_DIR") or str(CLUSTER_HOME / "nimbus" / "conf")
    class_path = [*([jar] if jar else []), *engine.class_path, f"{engine.home}/lib-tools/*", conf]
    home = [f"-Dstorm.home={engine.home}", f"-Dstorm.conf.dir={conf}"]
    return tool(class_path=class_path, options=[*home, *options], main=main)
