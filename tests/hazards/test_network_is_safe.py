"""What durable-rules cannot bear does no harm through `Network`, and stays inside the rules engine all the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.hazards.harmless import CASES

pytestmark = pytest.mark.hazard

ROOT = Path(__file__).parents[2]
SECONDS = 30


@pytest.mark.parametrize("name", CASES)
def test_dangerous_input_is_answered_rightly(name: str) -> None:
    program = f"from tests.hazards.harmless import run; run({name!r})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
