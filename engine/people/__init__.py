"""Participants, who introduced whom, bindings of buyers, contracts of agents."""
