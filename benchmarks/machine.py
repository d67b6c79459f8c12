"""On what was measured, and how busy it was: a figure without it says little."""

import os
import platform
from datetime import UTC, datetime


def print_machine() -> None:
    """One line: date, cores, system, Python, and the load average over one and five minutes."""
    one, five, _ = os.getloadavg()
    print(
        f"{datetime.now(UTC).date().isoformat()}  {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load {one:.1f} (1 min) {five:.1f} (5 min)"
    )
