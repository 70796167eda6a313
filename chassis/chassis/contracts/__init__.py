"""A service's public face as data: AsyncAPI, a JSON Schema and an example for every event and RPC method.

All of it is made from the schemas that the service itself validates with, so the contract cannot promise what
the code does not do. It is committed beside the service, and a check tells when the two have drifted apart.
"""
