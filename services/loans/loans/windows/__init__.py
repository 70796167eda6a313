"""When a council takes applications in: windows by public notice, one after the other."""
