"""A batch of events and a question for a figure cost the same after ten years of facts."""

from uuid import uuid4

from heard import listening
from integration.reports.office import Office
from plans import read_from_end_to_end


def _disburse(office: Office) -> None:
    loan = str(uuid4())
    place = {"council": office.areas["Kalambo"], "ward": office.areas["Matai"]}
    office.tell(
        "loans",
        "loan_disbursed",
        loan,
        loan=loan,
        **place,
        pot="women",
        principal=12_000_000,
        on="2025-09-30",
    )


def test_no_event_or_question_reads_a_grown_table_from_end_to_end(office: Office, postgres) -> None:
    office.rukwa()
    _disburse(office)
    with listening(office.svc.runtime) as said:
        _disburse(office)
        office.ask("loans_disbursed_amount", fiscal_year="2025/26", quarter=1, by=["area"], level="council")
    assert len(said) > 10
    # A map by councils is made of all areas, and they are as many as the country has, whatever the years bring.
    assert read_from_end_to_end(postgres, office.svc, said, small={"scope_area"}) == {}
