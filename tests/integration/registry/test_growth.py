"""What a registrar does today costs the same after ten years of groups."""

from heard import listening
from plans import read_from_end_to_end


def test_no_command_or_question_reads_a_grown_table_from_end_to_end(office, postgres):
    office.register_group()
    with listening(office.svc.runtime) as said:
        told = office.register_group()
        office.council_officer(
            "verify_group", group=told["group"], decision="verify", findings="Kikundi kipo."
        )
        office.service("member_facts", group=told["group"], on="2025-08-04")
        office.svc.call("group", roles=["auditor"], reference=told["reference"])
    assert len(said) > 20
    assert read_from_end_to_end(postgres, office.svc, said) == {}
