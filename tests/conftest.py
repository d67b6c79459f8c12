"""Hypothesis profiles: the same examples on every CI run, fresh ones at the desk, failures that can be replayed."""

import os

from hypothesis import HealthCheck, Phase, settings

settings.register_profile("desk", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True, database=None)
settings.register_profile(
    "mutation", settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate]
)  # no shrinking
settings.load_profile("ci" if os.environ.get("CI") else "desk")
