"""The base's own project files for Windows, as our series changes them, name what the makefile and our folders do."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path, PureWindowsPath

import pytest
import regen
import series
import targets
import tree as trees
from support import REPOSITORY, read_list

NAMESPACE = {"m": "http://schemas.microsoft.com/developer/msbuild/2003"}
PROJECTS = ("pythoncore", "_freeze_module")
PREPARED = REPOSITORY / "tree"
JIT = REPOSITORY / "Python" / "jit"
# What is included, not compiled.
INCLUDED = {"jit_bytecodes.c"}
needs_tree = pytest.mark.skipif(not (PREPARED / "PCbuild").is_dir(), reason="no prepared tree; `meson compile -C build prepare`")


def items(path: Path, kind: str) -> set[str]:
    """The items of a kind in a project file, by their paths in the tree.  (One of the base's files is no XML.)"""
    found = re.findall(rf'<{kind} Include="([^"]+)"', path.read_text("utf-8"))
    return {PureWindowsPath(each.removeprefix("..\\")).as_posix() for each in found}


def project(name: str, kind: str = "ClCompile", suffix: str = "") -> set[str]:
    """The same of one of the prepared tree's projects."""
    return items(PREPARED / "PCbuild" / f"{name}.vcxproj{suffix}", kind)


def objects(makefile: str) -> set[str]:
    """The sources whose objects are the interpreter's JIT, by the makefile."""
    text = re.search(r"^JIT_OBJS=\\\n((?:\t.*\\\n)*\t.*\n)", makefile, re.MULTILINE)
    assert text is not None
    return {f"{name}.c" for name in re.findall(r"(\S+)\.o\b", text[1])}


def ours() -> set[str]:
    """The sources that there are."""
    return {f"Python/jit/{path.name}" for path in JIT.glob("*.c")} - {f"Python/jit/{name}" for name in INCLUDED}


@needs_tree
def test_the_makefile_names_every_source() -> None:
    assert objects((PREPARED / "Makefile.pre.in").read_text("utf-8")) == ours()


@needs_tree
@pytest.mark.parametrize("name", PROJECTS)
@pytest.mark.parametrize("suffix", ["", ".filters"])
def test_every_source_is_compiled(name: str, suffix: str) -> None:
    assert {path for path in project(name, suffix=suffix) if path.startswith("Python/jit/")} == ours()


@needs_tree
@pytest.mark.parametrize("name", PROJECTS)
def test_objects_have_names_of_their_own(name: str) -> None:
    """MSBuild puts all of them into one folder."""
    names: dict[str, str] = {}
    root = ElementTree.parse(PREPARED / "PCbuild" / f"{name}.vcxproj").getroot()
    for item in root.iterfind(".//m:ClCompile[@Include]", NAMESPACE):
        own = item.find("m:ObjectFileName", NAMESPACE)
        path = item.attrib["Include"]
        stem = PureWindowsPath((own.text or "") if own is not None else path).stem.removeprefix("$(IntDir)").lower()
        assert stem not in names, f"{path} and {names[stem]} have the same object"
        names[stem] = path
    assert "jit_compile" in names


@needs_tree
@pytest.mark.parametrize("suffix", ["", ".filters"])
def test_every_header_is_listed(suffix: str) -> None:
    wanted = {f"Python/jit/{path.name}" for path in JIT.glob("*.h")}
    wanted |= {name for name in regen.UOPS_OUTPUTS if name.endswith(".h")}
    wanted |= {f"Include/internal/{path.name}" for path in (REPOSITORY / "Include" / "internal").glob("*.h")}
    assert wanted <= project("pythoncore", "ClInclude", suffix)


@needs_tree
def test_nothing_is_listed_that_is_not_there() -> None:
    """Files of the base that ours replace among it."""
    gone = {name for name in read_list(REPOSITORY / "cpython" / "replaced.txt") if not (REPOSITORY / name).exists()}
    assert "Python/optimizer.c" in gone
    for path in sorted((PREPARED / "PCbuild").glob("*.vcxproj*")):
        listed = items(path, "ClCompile") | items(path, "ClInclude")
        assert not listed & gone, path.name
        missing = {each for each in listed if "$" not in each and not (PREPARED / each).exists()}
        assert not {each for each in missing if "jit" in each.lower()}, path.name
    for name in ("regen.targets", "build.bat"):
        text = (PREPARED / "PCbuild" / name).read_text("utf-8").replace("\\", "/")
        assert not [each for each in gone if each in text], name


@needs_tree
def test_tables_are_made_before_stencils() -> None:
    root = ElementTree.parse(PREPARED / "PCbuild" / "regen.targets").getroot()
    found = {each.attrib["Name"]: each for each in root.iterfind("m:Target", NAMESPACE)}
    order = found["Regen"].attrib["DependsOnTargets"].split(";")
    assert order.index("_RegenCases") < order.index("_RegenJIT")
    commands = [each.attrib["Command"] for each in found["_RegenCases"].iterfind("m:Exec", NAMESPACE)]
    for script in re.findall(r"Tools\\\S+\.py", "\n".join(commands)):
        assert (PREPARED / PureWindowsPath(script).as_posix()).is_file(), script
    assert any("Tools\\jit\\uops.py" in command for command in commands)
    outputs = next(each.attrib["Include"] for each in root.iter(f"{{{NAMESPACE['m']}}}_CasesOutputs"))
    made = {PureWindowsPath(each.removeprefix("$(PySourcePath)")).as_posix() for each in outputs.split(";")}
    assert made == {*regen.UOPS_OUTPUTS, *(output.path for output in regen.TIER1)}


@needs_tree
def test_stencils_are_made_for_hosts_that_have_some() -> None:
    text = (PREPARED / "PCbuild" / "regen.targets").read_text("utf-8")
    hosts = re.findall(r"<JITArgs Condition=\"\$\(Platform\) == '(\w+)'\">([\w-]+)</JITArgs>", text)
    assert {(platform, targets.find_target(host).name) for platform, host in hosts} == {
        ("ARM64", "aarch64-windows"),
        ("x64", "x86_64-windows"),
    }


@needs_tree
@pytest.mark.parametrize(
    ("option", "jit", "tier2"),
    [("", True, 1), ("-off", True, 3), ("-interpreter", False, 4), ("-interpreter-off", False, 6)],
)
def test_options_of_build_bat(option: str, jit: bool, tier2: int) -> None:
    """They mean what configure's do."""
    text = (PREPARED / "PCbuild" / "build.bat").read_text("utf-8")
    line = next(each for each in text.splitlines() if each.startswith(f'if "%~1"=="--experimental-jit{option}" '))
    assert ("(set UseJIT=true)" in line, f"(set UseTIER2={tier2})" in line) == (jit, True)
    name = f"yes{option}" if jit else option.removeprefix("-")
    configure = (PREPARED / "configure.ac").read_text("utf-8")
    arm = re.search(rf"^  {name}\) +jit_flags=\"(.*?)\"; +tier2_flags=\"(.*?)\"", configure, re.MULTILINE)
    assert arm is not None and (bool(arm[1]), arm[2]) == (jit, f"-D_Py_TIER2={tier2}")
    for flag in ("_Py_JIT", "_Py_TIER2"):
        for name in ("pythoncore", "_testinternalcapi"):
            assert flag in (PREPARED / "PCbuild" / f"{name}.vcxproj").read_text("utf-8")


@needs_tree
def test_the_tree_is_that_of_the_series() -> None:
    """Else the other tests look at an old tree."""
    stamp = trees.Stamp.read(PREPARED)
    assert stamp is not None
    assert stamp.patches == trees.digest_of_series(series.read_series(trees.Project().patches)), "run `meson compile -C build prepare`"
