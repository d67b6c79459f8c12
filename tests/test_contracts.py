"""The import contracts hold, and each can fail: a planted violation is seen."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", "pyproject.toml", "--no-cache"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env={"PYTHONPATH": str(folder)}, check=False
    )


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("engine/money.py", "import storage.tables", "api -> storage -> engine"),
        ("storage/tables.py", "import api.settings", "api -> storage -> engine"),
        ("engine/money.py", "import os", "the engine is pure"),
        ("engine/facts.py", "import durable_rules_engine", "only engine.match.rules_engine"),
        ("api/settings.py", "import yaml", "only engine.text.document"),
        ("engine/price/item_lane.py", "import engine.price.order_lane", "siblings stand apart"),
        ("engine/refund/clawback.py", "import engine.live", "after the sale nothing asks a rule"),
        ("engine/journal/posting.py", "import engine.evaluate", "after the sale nothing asks a rule"),
        ("engine/journal/expected.py", "import engine.journal.flows", "the second reading stand apart"),
    ],
)
def test_a_planted_violation_is_seen(tmp_path: Path, file: str, line: str, contract: str) -> None:
    for name in ("engine", "storage", "api"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "demo_data"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / file
    planted.write_text(planted.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    result = _lint_imports(tmp_path)
    told = " ".join(result.stdout.split())
    assert result.returncode == 1, result.stderr
    assert any(contract in part for part in told.split("KEPT") if "BROKEN" in part)


def test_the_contracts_hold() -> None:
    result = _lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
