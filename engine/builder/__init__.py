"""From a document to a rule set: what each field means."""
