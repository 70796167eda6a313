"""The services as the ground sees them: who holds personal keys, who follows and calls whom."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ServiceGround:
    """One service: its name is its schema, its roles, its broker user and its Python package."""

    name: str
    follows: tuple[str, ...] = ()  # subscribes to their events, and may call them
    personal: bool = False  # has per-person keys, in the database of keys

    @property
    def owner(self) -> str:
        """The database role that owns its tables."""
        return f"{self.name}_owner"


SERVICES = (
    ServiceGround("registry", personal=True),
    ServiceGround("loans", follows=("registry",)),
    ServiceGround("cases", follows=("registry",), personal=True),
    ServiceGround("reports", follows=("registry", "loans", "cases")),
)

# The broker user of portals, of the command line and of the demonstration: it can call, and nothing else.
CALLER = "caller"


def service(name: str) -> ServiceGround:
    """The service of that name; KeyError when there is none."""
    return {ground.name: ground for ground in SERVICES}[name]
