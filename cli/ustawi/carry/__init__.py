"""Files in and out: areas and bank statements in, events and figures out."""
