"""What a newcomer reads is true: links resolve, files are there, and the tours of both READMEs do what they say."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app
from api.settings import DEMO_SECRET, Settings
from engine.describe.explain import CODES
from engine.text.codes_lint import LINT_CODES
from storage.demo import load_demo

ROOT = Path(__file__).parent.parent
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
LATER = datetime.fromisoformat("2026-10-12T09:00:00+08:00")
"""When the service of the tour runs: after the order it is sent."""
PAGES = [*READMES, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]

_LINK = re.compile(r"!?\[[^\]\n]*\]\(([^)\s]+)\)")
_EXAMPLE = re.compile(r"^<!-- example: (\S+) -->\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _examples(readme: Path) -> dict[str, str]:
    return dict(_EXAMPLE.findall(readme.read_text(encoding="utf-8")))


def _section(text: str, *words: str) -> str:
    """The section of a page whose heading holds one of some words."""
    for section in re.split(r"^## ", text, flags=re.MULTILINE):
        if any(word in section.partition("\n")[0] for word in words):
            return section
    raise AssertionError(f"no section {words}")


def _run(arguments: Sequence[str], expected_code: int = 0) -> str:
    """What a command prints, on standard error and then on standard output."""
    result = CliRunner().invoke(app, [*arguments])
    assert result.exit_code == expected_code, result.output
    return result.stderr + result.stdout


# --- every page ------------------------------------------------------------------------------------------------------


def _broken_links(page: Path) -> Iterator[str]:
    for link in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8"))):
        if not link.startswith(("https://", "http://", "mailto:", "#")):
            target = page.parent / link.partition("#")[0]
            if not target.exists():
                yield link


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_resolves(page: Path) -> None:
    assert list(_broken_links(page)) == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "[here](page.md) [gone](gone.md#there) `[code](no.md)` [web](https://example.com)", encoding="utf-8"
    )
    assert list(_broken_links(page)) == ["gone.md#there"]


# --- the READMEs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("readme", READMES, ids=_name)
def test_every_command_is_named(readme: Path) -> None:
    commands = {info.name or (info.callback.__name__ if info.callback else "") for info in app.registered_commands}
    listed = set(re.findall(r"^\| `fenrun ([a-z]+)` \| \S", readme.read_text(encoding="utf-8"), re.MULTILINE))
    assert listed == commands


@pytest.mark.parametrize("readme", READMES, ids=_name)
def test_every_dependency_has_its_reason(readme: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    wanted = {re.split(r"[\[<>=!~ ]", one)[0].lower() for one in asked}
    section = _section(readme.read_text(encoding="utf-8"), "dependency", "依赖")
    rows = re.findall(r"^\| (`.+?) \| (.+) \|$", section, re.MULTILINE)
    named = {name.lower() for names, reason in rows if reason.strip() for name in re.findall(r"`([^`]+)`", names)}
    assert named == wanted


def test_both_readmes_show_the_same_examples_and_figures() -> None:
    english, chinese = READMES
    theirs = _examples(chinese)
    for name, text in _examples(english).items():
        assert _without_comments(theirs[name]) == _without_comments(text), name
    figures = [
        [re.findall(r"\d[\d.,]*\d|\d", row.rpartition("|")[0].rpartition("|")[2]) for row in _rows(page)]
        for page in READMES
    ]
    assert figures[0] == figures[1] != []


def _rows(readme: Path) -> list[str]:
    section = _section(readme.read_text(encoding="utf-8"), "Measured", "实测")
    return [line for line in section.splitlines() if line.startswith("|")][2:]


def _without_comments(text: str) -> str:
    return re.sub(r" +#.*|^#.*", "", text, flags=re.MULTILINE)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of one's own, as the tours ask for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FENRUN_RULES", raising=False)
    return tmp_path


@pytest.mark.parametrize("readme", READMES, ids=_name)
def test_the_order_of_the_first_page_comes_out_as_shown(readme: Path, desk: Path) -> None:
    shown = _examples(readme)
    (desk / "order.json").write_text(shown["order.json"], encoding="utf-8")
    (desk / "events.json").write_text(shown["events.json"], encoding="utf-8")
    rules = ["--rules", str(ROOT / "rules")]
    for name in ("evaluate", "explain", "events"):
        command, _, printed = shown[name].partition("\n")
        assert _run([*command.removeprefix("$ fenrun ").split(), *rules]) == printed


@pytest.mark.parametrize("readme", READMES, ids=_name)
def test_the_statement_comes_out_as_shown(readme: Path, desk: Path) -> None:
    shown = _examples(readme)
    (desk / "sales.jsonl").write_text(shown["sales.jsonl"], encoding="utf-8")
    command, _, printed = shown["statement"].partition("\n")
    words = command.removeprefix("$ fenrun ").split()
    assert _run([*words, "--rules", str(ROOT / "rules")]) == printed


def _tour(readme: Path, desk: Path) -> Path:
    """The operator's rule set and cases, written as the README says; returns the rule set's file."""
    _run(["new", "promotion", "weekend-sweets", "--owner", "me"])
    file = desk / "rules/promotion/weekend-sweets/v1.yaml"
    shown = _examples(readme)
    file.write_text(shown["v1.yaml"], encoding="utf-8")
    file.with_name("v1.cases.yaml").write_text(shown["v1.cases.yaml"], encoding="utf-8")
    return file


@pytest.mark.parametrize("readme", READMES, ids=_name)
def test_the_operators_rule_set_is_sound_and_its_cases_pass(readme: Path, desk: Path) -> None:
    _tour(readme, desk)
    text = readme.read_text(encoding="utf-8")
    assert _run(["check"]) + _run(["test"]) == text.partition("$ fenrun check && fenrun test\n")[2].partition("```")[0]


@pytest.mark.parametrize("readme", READMES, ids=_name)
def test_the_mistakes_are_told_as_shown(readme: Path, desk: Path) -> None:
    file = _tour(readme, desk)
    shown = _examples(readme)
    text = file.read_text(encoding="utf-8")
    lines = shown["mistakes"].splitlines()
    for right, wrong in zip(lines[::2], lines[1::2], strict=True):
        assert right[0] == "-" and wrong[0] == "+" and text.count(right[1:]) == 1  # noqa: PT018
        text = text.replace(right[1:], wrong[1:])
    file.write_text(text, encoding="utf-8")
    assert "$ fenrun check\n" + _run(["check"], 1) == shown["diagnostics"]


@pytest.mark.parametrize("readme", READMES, ids=_name)
def test_the_second_version_differs_and_is_published_as_shown(
    readme: Path, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _tour(readme, desk)
    text = first.read_text(encoding="utf-8")
    for old, new in (("version: 1", "version: 2"), ("2026-10-01", "2026-11-01"), ("50%", "40%")):
        assert text.count(old) == 1
        text = text.replace(old, new)
    first.with_name("v2.yaml").write_text(text, encoding="utf-8")
    cases = first.with_name("v1.cases.yaml").read_text(encoding="utf-8")
    for old, new in (("paid: 15", "paid: 16"), ("2026-10-10", "2026-11-07"), ("2026-10-11", "2026-11-08")):
        assert cases.count(old) == 1
        cases = cases.replace(old, new)
    first.with_name("v2.cases.yaml").write_text(cases, encoding="utf-8")
    assert "4 个案例，0 个不符" in _run(["test"])
    said = readme.read_text(encoding="utf-8")
    folder = "rules/promotion/weekend-sweets"
    diff = ["diff", f"{folder}/v1.yaml", f"{folder}/v2.yaml"]
    assert _run(diff) == said.partition(f"$ fenrun {' '.join(diff)}\n")[2].partition("```")[0]
    monkeypatch.setenv("FENRUN_DATABASE_URL", "sqlite:///shop.db")
    assert f"$ fenrun publish rules\n{_run(['publish', 'rules'])}" in said


@pytest.mark.parametrize("readme", READMES, ids=_name)
def test_the_mini_programs_requests_are_answered(readme: Path, desk: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{desk}/shop.db", operator_token="secret")
    service = create_app(settings, lambda: LATER)
    load_demo(service.state.service.database, ROOT / "rules", LATER)
    answers = []
    with TestClient(service) as client:
        for address, rest in re.findall(
            r"^curl \"?\$B(\S+?)\"?(?=\s)(.*?)(?=#)", _examples(readme)["curl"], re.M | re.S
        ):
            headers = dict(one.split(": ") for one in re.findall(r"-H '([^']+)'", rest))
            body = re.search(r"-d '([^']+)'", rest)
            asked = (
                [client.get(address)]
                if body is None
                else [client.post(address, headers=headers, content=body[1]) for _ in range(2)]
            )
            answers.append(([one.status_code for one in asked], asked[-1].json()))
        operator = client.get(f"{address}?view=operator", headers={"Authorization": "Bearer secret"}).json()
    assert [codes for codes, _ in answers] == [[200], [200, 200], [201, 200], [200]]
    catalogue, quote, order, explained = (answer for _, answer in answers)
    assert len(catalogue["goods"]) == 3
    assert quote["totals"] == order["totals"] == explained["totals"]
    assert "第二件半价" in {one["label"] for line in quote["lines"] for one in line["discounts"]}
    assert any(one["short_fen"] for one in quote["lost"])
    assert explained["explanation"]["zh"] and explained["explanation"]["en"]  # noqa: PT018
    assert "accruals" not in explained and operator["accruals"]  # noqa: PT018


@pytest.mark.parametrize("readme", READMES, ids=_name)
def test_a_promoters_requests_are_answered(readme: Path, desk: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{desk}/shop.db", token_secret=DEMO_SECRET)
    service = create_app(settings, lambda: LATER)
    load_demo(service.state.service.database, ROOT / "rules", LATER)
    example = _examples(readme)["promoter"]
    command = re.search(r"T=\$\(fenrun (.+)\)", example)
    assert command is not None
    token = _run(command[1].split()).strip().splitlines()[-1]
    addresses = re.findall(r"^curl \$B(\S+)", example, re.M)
    assert len(addresses) == 2
    with TestClient(service) as client:
        for address in addresses:
            answer = client.get(address, headers={"Authorization": f"Bearer {token}"})
            assert (answer.status_code, answer.json()["promoter_id"]) == (200, "p006")
            assert client.get(address).status_code == 401


# --- docs/ -----------------------------------------------------------------------------------------------------------


def test_architecture_names_what_is_there_and_nothing_else() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:engine|storage|api|rules|templates|tests|benchmarks|docs)/[^`*]*)`", text))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    for package in ("engine", "storage", "api"):
        files = (ROOT / package).glob("**/*.py" if package == "engine" else "*.py")
        there = {_name(file) for file in files if file.name != "__init__.py"}
        assert there - named == set(), package


@pytest.mark.parametrize("page", DECISIONS, ids=_name)
def test_a_decision_has_its_four_parts(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences", "Alternatives"]
    assert text.startswith(f"# {page.name[:4]} · ")
    assert re.search(r"^> \*\*.+", _section(text, "Decision"), re.MULTILINE), "the line that people will quote"


def test_decisions_are_numbered_without_gaps() -> None:
    assert [page.name[:4] for page in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]


def test_the_glossary_lists_every_reason_code_in_the_words_of_results() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", text, re.MULTILINE)
    assert rows == [(code, said.zh, said.en) for code, said in CODES.items()]


def test_the_glossary_uses_each_word_for_one_thing() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").partition("## Verbs")[0]
    words = [word for row in re.findall(r"^\| ([a-z][^|]*) \|", text, re.MULTILINE) for word in row.split(", ")]
    assert len(words) == len(set(words)) > 50


def test_every_lint_code_has_its_source_told() -> None:
    text = (ROOT / "docs" / "law.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\bL4\d\d\b", text)) == LINT_CODES.keys()
    assert "not legal advice" in text
