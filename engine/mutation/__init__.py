"""The mutation gate: rule sets that differ in one small step, and cases that would notice."""
