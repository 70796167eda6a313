"""A nameko service and a nameko client that know nothing of us, with the rights of `loans` and `caller`."""

import eventlet

eventlet.monkey_patch()

import os  # noqa: E402

from nameko.containers import ServiceContainer  # noqa: E402
from nameko.rpc import rpc  # noqa: E402
from nameko.standalone.rpc import ClusterRpcProxy  # noqa: E402


class Loans:
    name = "loans"

    @rpc
    def welcome(self, name: str) -> str:
        return f"karibu {name}"


container = ServiceContainer(Loans, {"AMQP_URI": os.environ["SERVICE_URI"]})
container.start()
with eventlet.Timeout(30), ClusterRpcProxy({"AMQP_URI": os.environ["CALLER_URI"]}) as services:
    print(services.loans.welcome("Asha"))
container.stop()
