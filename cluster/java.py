"""Command lines of Java programs."""

import os
from pathlib import Path


def java() -> str:
    """Return the `java` to use: JAVA_HOME's if it is set, else the one on the PATH."""
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else "java"


def server(*, heap: int, class_path: list[str], options: list[str], main: list[str]) -> list[str]:
    """Build a JVM that lives long on a small machine: at most `heap` MiB, and it ends itself when they are full."""
    flags = [f"-Xmx{heap}m", "-XX:+UseSerialGC", "-Xshare:auto", "-XX:+ExitOnOutOfMemoryError"]
    flags += ["-Djava.net.preferIPv4Stack=true", "-Djava.awt.headless=true"]
    return [java(), *flags, *options, "-cp", ":".join(class_path), *main]


def tool(*, class_path: list[str], options: list[str], main: list[str]) -> list[str]:
    """Build a JVM that lives for seconds: it never compiles with the slow, optimising compiler."""
    flags = ["-XX:+UseSerialGC", "-Xshare:auto", "-XX:TieredStopAtLevel=1"]
    return [java(), *flags, *options, "-cp", ":".join(class_path), *main]
