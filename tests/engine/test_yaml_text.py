"""What is written as YAML reads back as the same tree."""

from pathlib import Path

import pytest

from engine.text.document import parse
from engine.text.nodes import plain
from engine.text.yaml_text import yaml_text
from tests.engine.templates import ROOT, TEMPLATES


@pytest.mark.parametrize("path", sorted(ROOT.glob("rules/*/*/v1.yaml")) + TEMPLATES, ids=lambda path: path.parent.name)
def test_written_yaml_reads_back_as_the_same_tree(path: Path) -> None:
    root = parse(path.read_text("utf-8"), "x.yaml").root
    again = parse(yaml_text(root), "x.yaml").root
    assert plain(again) == plain(root)
    assert yaml_text(again) == yaml_text(root)


def test_odd_trees_survive_writing() -> None:
    text = "a: []\nb: {}\nc: [[x, [z]], {d: {e: []}}, '']\nf:\n'g: h': |\n  two\n  lines\n"
    root = parse(text, "x.yaml").root
    assert plain(parse(yaml_text(root), "x.yaml").root) == plain(root)
