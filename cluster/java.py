"""Command lines of Java programs."""

import os
from pathlib import Path


def java() -> str:
    """The `java` to use: JAVA_HOME's if it is set, else the one on the PATH."""
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else "java"


def server(*, heap: int, class_path: list[str], options: list[str], main: list[str]) -> list[str]:
    """A long-running JVM on a small machine: serial collector, at most `heap` MiB, stops itself when that is too little."""
    flags = [f"-Xmx{heap}m", "-XX:+UseSerialGC", "-Xshare:auto", "-XX:+ExitOnOutOfMemoryError"]
    flags += ["-Djava.net.preferIPv4Stack=true", "-Djava.awt.headless=true"]
    return [java(), *flags, *options, "-cp", ":".join(class_path), *main]


def tool(*, class_path: list[str], options: list[str], main: list[str]) -> list[str]:
    """A JVM that lives for seconds: it never compiles with the slow, optimising compiler."""
    flags = ["-XX:+UseSerialGC", "-Xshare:auto", "-XX:TieredStopAtLevel=1"]
    return [java(), *flags, *options, "-cp", ":".join(class_path), *main]
