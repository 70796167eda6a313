"""What comes in and goes out about people."""

from chassis.schemas import Schema, fields

SEXES = ("female", "male", "not_recorded")
_ID = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"


class PersonIn(Schema):
    """Who somebody is, as far as known; whatever tells it is sealed before it is kept."""

    names = fields.Text(max=200)
    sex = fields.Choice(SEXES, required=True)
    born_on = fields.Day()
    estimated_age = fields.Count(min=0, max=130)  # where there is no birth date
    national_id = fields.Text(max=40)
    phone = fields.Text(max=40)
    email = fields.Text(max=100)
    address = fields.Text(max=500, lines=True)
    example = {
        "names": "Neema Kasongo",
        "sex": "female",
        "born_on": "1949-06-01",
        "phone": "0700 000 000",
        "address": "Behind the market",
    }


class PersonOut(Schema):
    """A person for an officer who may see their record; all but id and sex are null once they are erased."""

    person = fields.Id()
    sex = fields.Text()
    erased = fields.Flag()
    names = fields.Text()
    born_on = fields.Day()
    national_id = fields.Text()
    phone = fields.Text()
    email = fields.Text()
    address = fields.Text(max=500, lines=True)
    example = {"person": _ID, "sex": "female", "erased": False, "names": "Neema Kasongo"}


class ErasePersonIn(Schema):
    person = fields.Id(required=True)
    reason = fields.Choice(
        ["asked_by_person", "retention_ended", "court_order", "entered_in_error"], required=True
    )
    example = {"person": _ID, "reason": "asked_by_person"}


class ErasePersonOut(Schema):
    person = fields.Id()
    on = fields.Day()
    example = {"person": _ID, "on": "2027-01-15"}
