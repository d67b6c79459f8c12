"""Replaying order logs: readers of log formats, the run over all events in order of time, and its summary."""
