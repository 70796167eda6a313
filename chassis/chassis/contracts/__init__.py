"""A service's public face as data: AsyncAPI, and a JSON Schema with an example for every event and RPC method.

All of it is made from the schemas that the service itself validates with, so the contract cannot promise what the
code does not do. It is committed beside the service, and a check tells when the two have drifted apart.
"""

from chassis.contracts.documents import contract_of
from chassis.contracts.folder import differences, write
from chassis.contracts.json_schema import Untellable, object_schema

__all__ = ["Untellable", "contract_of", "differences", "object_schema", "write"]
