"""What a clerk does today costs the same after ten years of complaints and cases."""

from heard import listening
from plans import read_from_end_to_end


def test_no_command_or_deadline_reads_a_grown_table_from_end_to_end(office, postgres):
    office.receive()
    office.open_case()
    with listening(office.svc.runtime) as said:
        complaint = office.receive()["complaint"]
        office.acknowledge(complaint)
        office.now("2026-04-01T09:00")
        office.fire()
        office.answer(complaint)
        office.open_case()
    assert len(said) > 30
    assert read_from_end_to_end(postgres, office.svc, said) == {}
