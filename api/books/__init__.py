"""Books kept from a log of events alone, without a database."""
