"""What the service's own metrics say of how long its answers took."""

from dataclasses import dataclass
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

BOUNDS_MS = (20, 30)


@dataclass(frozen=True)
class Answered:
    """How many requests to rank were answered so far, by the seconds that they took at most."""

    within: dict[float, float]

    @staticmethod
    def by(url: str) -> "Answered":
        """Ask a service."""
        with urlopen(f"{url}/metrics") as answer:
            families = text_string_to_metric_families(answer.read().decode())
        samples = [sample for family in families for sample in family.samples]
        return Answered(
            {
                float(sample.labels["le"]): sample.value
                for sample in samples
                if sample.name == "dealstream_request_seconds_bucket" and sample.labels["route"] == "/rank"
            }
        )

    def since(self, before: "Answered") -> dict[str, object]:
        """Return what share was answered within some bounds since then."""
        new = {bound: count - before.within.get(bound, 0) for bound, count in self.within.items()}
        return {f"server_within_{bound}_ms": f"{new[bound / 1000] / new[float('inf')]:.2%}" for bound in BOUNDS_MS}
