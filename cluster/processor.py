"""What this machine's processor asks of the programs that run on it."""

import re
from collections.abc import Mapping
from pathlib import Path

# Zen 4's compress-to-memory is microcoded: numpy's sorts take 4 to 7 times as long with it as without
# (https://github.com/numpy/x86-simd-sort/issues/6); later families do not have that
_AMD, _ZEN_4_FAMILY = "AuthenticAMD", "25"
_AVX_512 = "X86_V4 AVX512_ICL AVX512_SPR"


def numpy_environment(cpuinfo: str | None = None) -> Mapping[str, str]:
    """Return the variables that numpy should find, given the text of /proc/cpuinfo; by default this machine's."""
    text = Path("/proc/cpuinfo").read_text() if cpuinfo is None else cpuinfo
    said = dict(re.findall(r"^(vendor_id|cpu family|flags)\s*: (.*)$", text, re.MULTILINE))
    slow = (said.get("vendor_id"), said.get("cpu family")) == (_AMD, _ZEN_4_FAMILY)
    return {"NPY_DISABLE_CPU_FEATURES": _AVX_512} if slow and "avx512f" in said.get("flags", "").split() else {}
