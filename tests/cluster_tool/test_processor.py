"""Which processors get numpy's sorts without AVX-512."""

import pytest

from cluster.processor import numpy_environment

DISABLED = {"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"}


def cpuinfo(vendor: str, family: int, flags: str) -> str:
    """Return what Linux says of a machine with two cores."""
    core = (
        f"processor\t: 0\nvendor_id\t: {vendor}\ncpu family\t: {family}\nmodel name\t: X\nflags\t\t: fpu {flags} sse2\n"
    )
    return f"{core}\n{core}\n"


@pytest.mark.parametrize(
    ("vendor", "family", "flags", "environment"),
    [
        ("AuthenticAMD", 25, "avx2 avx512f", DISABLED),  # Zen 4
        ("AuthenticAMD", 25, "avx2", {}),  # Zen 3, of the same family
        ("AuthenticAMD", 26, "avx2 avx512f", {}),  # Zen 5
        ("GenuineIntel", 6, "avx2 avx512f", {}),
    ],
)
def test_only_zen_4_sorts_without(vendor, family, flags, environment):
    assert numpy_environment(cpuinfo(vendor, family, flags)) == environment


def test_other_machines_have_no_such_text():
    assert numpy_environment("processor\t: 0\nBogoMIPS\t: 50.00\n") == {}
    assert set(numpy_environment()) <= set(DISABLED)
