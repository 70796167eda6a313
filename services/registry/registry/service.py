"""The registry as a service: everything that it answers, in one class."""

from chassis.entrypoints import ChassisEntrypoints
from chassis.service import Service
from registry import events, metrics
from registry.area_changes.rpc import AreaChangesRpc
from registry.areas.rpc import AreasRpc
from registry.collaborators.rpc import CollaboratorsRpc
from registry.countries.rpc import CountriesRpc
from registry.group_life.rpc import GroupLifeRpc
from registry.groups.rpc import GroupsRpc
from registry.organisations.rpc import OrganisationsRpc
from registry.people.rpc import KEY_OF_ERASED, PeopleRpc, destroy_key
from registry.rule_broken import RuleBroken


class RegistryService(
    ChassisEntrypoints,
    CountriesRpc,
    AreasRpc,
    AreaChangesRpc,
    GroupsRpc,
    GroupLifeRpc,
    OrganisationsRpc,
    CollaboratorsRpc,
    PeopleRpc,
):
    name = "registry"


SERVICE = Service(
    name="registry",
    entrypoints=RegistryService,
    events=events,
    deadlines={KEY_OF_ERASED: destroy_key},
    holds_personal_data=True,
    refusals=(RuleBroken,),
    metrics=metrics.register,
)
