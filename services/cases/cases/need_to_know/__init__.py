"""Who may know of a case or complaint, said once for every read and every change."""
