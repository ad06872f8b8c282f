"""The steps of mcp_engine.compat.mcp_agent: on, off, before and after the import of what they change."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from typing import Any

import pytest

pytest.importorskip("mcp")
pytest.importorskip("mcp_agent")

from mcp import types
from mcp.client.session import ClientSession

from mcp_engine.compat import mcp_agent
from mcp_engine.compat._steps import STEPS

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


@pytest.fixture(autouse=True)
def off_again() -> Any:
    yield
    mcp_agent.uninstall()


def session_with(schema: Any) -> ClientSession:
    """A session that has listed one tool, and is connected to nobody."""
    session = ClientSession.__new__(ClientSession)
    session._tool_output_schemas = {"tool": schema}
    return session


def judge(session: ClientSession, content: Any) -> None:
    result = types.CallToolResult(content=[], structuredContent=content)
    asyncio.run(session._validate_tool_result("tool", result))


def outcome(schema: Any, content: Any) -> str:
    try:
        judge(session_with(schema), content)
    except RuntimeError as error:
        return str(error)
    return "fine"


@pytest.mark.parametrize(
    "schema, content",
    [
        (SCHEMA, {"n": 1}),
        (SCHEMA, {"n": "one"}),
        (SCHEMA, {}),
        (SCHEMA, None),
        (None, {"n": 1}),
        ({"type": "nothing"}, {"n": 1}),
        ({"$ref": "#/$defs/missing"}, {"n": 1}),
        ({"properties": {"n": {"enum": [1.0]}}}, {"n": 1}),
    ],
)
def test_the_schema_step_says_what_the_sdk_says(schema: Any, content: Any) -> None:
    legacy = outcome(schema, content)
    mcp_agent.install(["schema"])
    assert outcome(schema, content) == legacy


def test_the_schema_step_compiles_once_for_a_session() -> None:
    mcp_agent.install(["schema"])
    session = session_with(SCHEMA)
    for _ in range(3):
        judge(session, {"n": 1})
    (kept,) = session.__dict__["_mcp_engine_schemas"].values()
    judge(session, {"n": 2})
    assert next(iter(session.__dict__["_mcp_engine_schemas"].values())) is kept
    session._tool_output_schemas = {"tool": {"type": "object", "required": ["other"]}}
    with pytest.raises(RuntimeError, match="other"):
        judge(session, {"n": 1})


def test_a_step_that_is_off_leaves_nothing_behind() -> None:
    before = ClientSession._validate_tool_result
    mcp_agent.install(["schema"])
    mcp_agent.install(["schema"])
    assert ClientSession._validate_tool_result is not before
    mcp_agent.uninstall(["schema"])
    assert ClientSession._validate_tool_result is before
    assert mcp_agent.status() == {name: "off" for name in STEPS}


def test_steps_that_there_are_not_are_refused() -> None:
    for call in (mcp_agent.install, mcp_agent.uninstall):
        with pytest.raises(ValueError, match="no step 'nonsense'"):
            call(["nonsense"])


def in_a_process_of_its_own(code: str, **environment: str) -> str:
    import os

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done
    return done.stdout


COMPARE = """
import numpy
from mcp_agent.workflows.embedding.embedding_base import compute_similarity_scores
one, other = (numpy.array(v, dtype=numpy.float32) for v in ([1.0, 2.0, 3.0], [3.0, 2.0, 0.5]))
print("%.6f" % compute_similarity_scores(one, other)["cosine"])
"""


def test_the_cosine_step_does_without_scikit_learn() -> None:
    legacy = in_a_process_of_its_own(COMPARE + "import sys; print('sklearn' in sys.modules)")
    ours = in_a_process_of_its_own(
        "from mcp_engine.compat import mcp_agent; mcp_agent.install(['cosine'])\n" + COMPARE + "import sys; print('sklearn' in sys.modules)"
    )
    assert legacy.split() == [ours.split()[0], "True"]
    assert ours.split()[1] == "False"


STRANGE = """
import numpy, warnings
from mcp_agent.workflows.embedding.embedding_base import cosine_similarity
warnings.simplefilter("ignore")
numbers = [0.0, 1.0, -2.5, 1e-7, 1e-3, 1e-200, 1e15, 1e30, 1e200, 1e308, float("nan"), float("inf")]
for kind in (numpy.float32, numpy.float64, int, object):
    for left in numbers:
        for right in numbers:
            try:
                one, other = numpy.array([[left, 1e-9, 0.0]], dtype=kind), numpy.array([[right, 0.0, 1e-8], [0.0, 0.0, 0.0]], dtype=kind)
                found = cosine_similarity(one, other)
                print(kind.__name__, left, right, found.dtype, ["%.5f" % (n + 0.0) for n in found[0]])
            except Exception as error:
                print(kind.__name__, left, right, type(error).__name__, str(error)[:40])
for one, other in (([[1.0]], [[1.0, 2.0]]), ([1.0], [1.0]), ([], []), ([[]], [[]])):
    try:
        print(cosine_similarity(numpy.array(one), numpy.array(other)))
    except Exception as error:
        print(type(error).__name__, str(error)[:40])
"""


def test_the_cosine_step_says_of_strange_numbers_what_scikit_learn_says() -> None:
    ours = in_a_process_of_its_own("from mcp_engine.compat import mcp_agent; mcp_agent.install(['cosine'])\n" + STRANGE)
    assert ours == in_a_process_of_its_own(STRANGE)


def test_the_cosine_step_can_be_switched_off_again() -> None:
    told = in_a_process_of_its_own(
        "from mcp_engine.compat import mcp_agent; mcp_agent.install(['cosine'])\n"
        + COMPARE
        + "mcp_agent.uninstall()\n"
        + COMPARE
        + "import sklearn.metrics; print(sklearn.metrics.__file__ is not None)"
    )
    first, second, whole = told.split()
    assert first == second and whole == "True"


def test_a_step_works_on_what_was_imported_before_and_under_another_name() -> None:
    told = in_a_process_of_its_own(
        """
        import importlib, sys, types
        from mcp_agent.workflows.embedding import embedding_base
        twin = types.ModuleType("src.mcp_agent.workflows.embedding.embedding_base")
        twin.cosine_similarity = embedding_base.cosine_similarity
        sys.modules[twin.__name__] = twin
        from mcp_engine.compat import mcp_agent
        mcp_agent.install(["cosine"])
        print(embedding_base.cosine_similarity.__module__, twin.cosine_similarity.__module__)
        mcp_agent.uninstall()
        print(embedding_base.cosine_similarity.__module__, twin.cosine_similarity.__module__)
        """
    )
    on, off = told.strip().split("\n")
    assert on.split() == ["mcp_engine.compat._steps.cosine"] * 2
    assert off.split() == ["sklearn.metrics.pairwise"] * 2


@pytest.mark.parametrize("wanted, on", [("all", len(STEPS)), ("none", 0), ("", 0), ("schema", 1), ("schema, cosine", 2)])
def test_the_environment_says_which_steps(wanted: str, on: int) -> None:
    told = in_a_process_of_its_own(
        "from mcp_engine.compat import mcp_agent; mcp_agent.install(); print(sum(s != 'off' for s in mcp_agent.status().values()))",
        MCP_ENGINE_STEPS=wanted,
    )
    assert told.strip() == str(on)


def test_the_doctor_says_how_every_step_is() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-m", "mcp_engine", "doctor"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done
    assert "schema: on: mcp.client.session" in done.stdout
    assert "cosine: on: mcp_agent.workflows.embedding.embedding_base" in done.stdout
    for name in STEPS:
        assert f"  {name}: on: " in done.stdout, done.stdout
    assert subprocess.run([sys.executable, "-m", "mcp_engine"], capture_output=True).returncode == 2


PRETEND = """
import importlib.metadata, importlib.util, sys
from mcp_engine.compat import mcp_agent
package, version = sys.argv[1:]
real, find = importlib.metadata.version, importlib.util.find_spec
def pretend(name):
    if name == package and not version:
        raise importlib.metadata.PackageNotFoundError(name)
    return version if name == package else real(name)
importlib.metadata.version = pretend
importlib.util.find_spec = lambda name, *rest: None if name == package.replace("-", "_") and not version else find(name, *rest)
mcp_agent.install()
for name, how in mcp_agent.status().items():
    print(f"{name}: {how}")
"""


def pretended(package: str, version: str) -> str:
    command = [sys.executable, "-W", "ignore", "-c", PRETEND, package, version]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done
    return done.stdout


@pytest.mark.parametrize("package, version, step", [("mcp", "2.3.0", "schema"), ("mcp", "1.22.9", "schema"), ("mcp-agent", "0.3.0", "events")])
def test_a_step_for_an_unknown_version_stays_off_and_says_so(package: str, version: str, step: str) -> None:
    assert f"{step}: off; {package} {version} is not supported" in pretended(package, version)


def test_a_known_version_is_taken() -> None:
    assert "schema: on, waits for mcp.client.session\n" in pretended("mcp", "1.23.1")
    assert "not supported" not in pretended("mcp-agent", "0.2.6.post1")


def test_a_package_that_is_missing_is_said_to_be() -> None:
    told = pretended("mcp-agent", "")
    assert "events: on, waits for mcp_agent.logging.transport" in told and "; mcp_agent is not installed" in told
    assert "schema: on, waits for mcp.client.session\n" in told


def test_nothing_is_needed_that_only_older_libraries_bring() -> None:
    code = """
    import sys
    sys.modules["sniffio"] = None
    from mcp_engine.compat import mcp, mcp_agent
    mcp_agent.install()
    print(len(mcp_agent.status()))
    """
    assert in_a_process_of_its_own(code).strip() == str(len(STEPS))


UNDER_TRIO = """
import trio
from mcp_engine.compat import mcp_agent
from mcp_agent.mcp.mcp_connection_manager import MCPConnectionManager

async def main():
    async with MCPConnectionManager(None):
        pass

mcp_agent.install(["aggregator"])
print(mcp_agent.status()["aggregator"])
trio.run(main)
print(mcp_agent.status()["aggregator"])
"""


def test_a_loop_that_a_step_cannot_drive_is_said() -> None:
    pytest.importorskip("trio")
    before, behind = in_a_process_of_its_own(UNDER_TRIO).splitlines()
    assert "under trio" not in before
    assert behind == f"{before}; under trio only the task that has opened connections can close them"
