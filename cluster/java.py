"""Command lines of Java programs."""

import os
from pathlib import Path


def java() -> str:
    """Return the `java` to use: JAVA_HOME's if it is set, else the one on the PATH."""
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else "java"


def compiler(*, class_path: list[str], classes: Path, sources: list[Path]) -> list[str]:
    """Build the call that compiles `sources` into the folder `classes`."""
    return ["javac", "-nowarn", "-cp", ":".join(class_path), "-d", str(classes), *map(str, sources)]


def server(*, heap: int, class_path: list[str], options: list[str], main: list[str]) -> list[str]:
    """Build a JVM that lives long: it takes its `heap` MiB at once, and ends itself when they are full."""
    flags = [f"-Xms{heap}m", f"-Xmx{heap}m", "-XX:+AlwaysPreTouch", "-XX:+ExitOnOutOfMemoryError"]
    flags += ["-XX:+UseSerialGC", "-Xshare:auto", "-Djava.net.preferIPv4Stack=true", "-Djava.awt.headless=true"]
    return [java(), *flags, *options, "-cp", ":".join(class_path), *main]


def tool(*, class_path: list[str], options: list[str], main: list[str]) -> list[str]:
    """Build a JVM that lives for seconds: it never compiles with the slow, optimising compiler."""
    flags = ["-XX:+UseSerialGC", "-Xshare:auto", "-XX:TieredStopAtLevel=1"]
    return [java(), *flags, *options, "-cp", ":".join(class_path), *main]
