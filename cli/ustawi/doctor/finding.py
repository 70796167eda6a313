"""One thing that is wrong, where, and what to type."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Finding:
    """`code` names the check for programs; `mend` is what to type or to do; `page` stands in docs/runbooks."""

    code: str
    where: tuple[str, ...]
    told: str
    mend: str
    page: str

    def as_json(self) -> dict[str, object]:
        return {
            "code": self.code,
            "where": list(self.where),
            "told": self.told,
            "mend": self.mend,
            "page": f"docs/runbooks/{self.page}.md",
        }


def together(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, the same one of several processes told once."""
    found: dict[tuple[str, str, str], Finding] = {}
    for each in findings:
        key = (each.code, each.told, each.mend)
        if key in found:
            each = replace(each, where=(*found[key].where, *each.where))
        found[key] = each
    return list(found.values())


@dataclass(frozen=True)
class Ways:
    """How things are done here: in containers by compose, else by make and `ustawi`."""

    contained: bool

    def start(self, *names: str) -> str:
        return f"docker compose up --wait {' '.join(names)}".strip() if self.contained else "make up"

    def restart(self, name: str) -> str:
        return f"docker compose restart {name}" if self.contained else f"ustawi restart {name}"

    def log(self, name: str) -> str:
        return f"docker compose logs --tail 50 {name}" if self.contained else f"tail .run/log/{name}.log"

    def one_shot(self, service: str, command: str) -> str:
        if self.contained:
            return f"docker compose run --rm --no-deps init-{service}"
        return {"migrate": "ustawi migrate", "rules": "ustawi rules load"}[command]
