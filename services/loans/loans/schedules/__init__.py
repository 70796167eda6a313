"""When a loan is due: instalments of whole shillings on working days."""
