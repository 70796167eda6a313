"""Civil-society organisations: what is submitted, what the registrar decides, under which number."""
