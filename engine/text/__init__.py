"""From text to a document: strict YAML, the schema check, and every diagnostic there is."""
