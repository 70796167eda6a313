"""A group asks for a loan: judged against the rules of the day, decided by somebody else."""
