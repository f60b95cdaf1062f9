"""Schemathesis reads the OpenAPI document and sends what that allows, and what it does not."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from tests.support.service import Backstage

pytestmark = pytest.mark.filterwarnings("ignore")


def api() -> schemathesis.BaseSchema:
    """Return the document of a service that has counted something."""
    backstage = Backstage()
    client = backstage.client()
    client.put("/deals/0", json={"city": "Bonn", "price": 5})
    client.put("/users/0", json={"gender": "f"})
    events = [{"type": kind, "user": "0", "deal": "0"} for kind in ("shown", "shown", "bought")]
    client.post("/events", json={"events": events})
    backstage.run()
    return schemathesis.openapi.from_asgi("/openapi.json", client.app)


schema = api()


@schema.parametrize()
@settings(max_examples=50, suppress_health_check=list(HealthCheck), deadline=None)
def test_the_service_keeps_to_its_document(case):
    case.call_and_validate(
        checks=[not_a_server_error, status_code_conformance, response_schema_conformance],
    )
