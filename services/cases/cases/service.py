"""The service `cases`: its entrypoints, the stream it follows and the moments it keeps."""

from cases import events, metrics
from cases.appeals.rpc import AppealsRpc
from cases.clocks import running
from cases.complaints.rpc import ComplaintsRpc
from cases.people import sealing
from cases.people import store as people
from cases.people.rpc import PeopleRpc
from cases.rule_broken import RuleBroken
from cases.welfare.rpc import WelfareRpc
from chassis import scope
from chassis.entrypoints import ChassisEntrypoints
from chassis.reconcile import Copies
from chassis.service import Service
from chassis.stream import Stream


class CasesService(ChassisEntrypoints, WelfareRpc, ComplaintsRpc, AppealsRpc, PeopleRpc):
    """Everything that `cases` answers."""

    name = "cases"


SERVICE = Service(
    name="cases",
    entrypoints=CasesService,
    events=events,
    streams=[
        Stream(
            "registry",
            {
                **scope.HANDLERS,
                "holiday_overridden": running.take_override,
                "holidays_published": running.take_holidays,
            },
            # Clocks move by the whole calendar, once: never by one that is half filled.
            copies=Copies(tables=scope.TABLES, handlers=scope.HANDLERS, settle=running.take_calendars),
        )
    ],
    deadlines={
        running.WARNING: running.tell_due,
        running.BREACH: running.tell_due,
        sealing.KEY_OF_ERASED: sealing.destroy_key,
    },
    holds_personal_data=True,
    refusals=(RuleBroken,),
    metrics=metrics.register,
    forget_erased=people.forget_erased,
)
