"""Project files of PCbuild, read as MSBuild would."""

from pathlib import Path

import pytest
import windows_exports
import windows_projects
from support import UserError
from windows_projects import Conditions

SHEET = '<Project xmlns="http://schemas.microsoft.com/developer/msbuild/2003">{}</Project>'
COMMON = """
<PropertyGroup><OutDir>$(BuildPath.Replace(`a`, `b`))</OutDir></PropertyGroup>
<ItemDefinitionGroup><ClCompile>
<AdditionalIncludeDirectories>$(PySourcePath)Include;$(Py_IntDir)\\x;%(AdditionalIncludeDirectories)</AdditionalIncludeDirectories>
<PreprocessorDefinitions>NAME="$(TargetName)$(TargetExt)";%(PreprocessorDefinitions)</PreprocessorDefinitions>
</ClCompile></ItemDefinitionGroup>
"""
PROJECT = """
<PropertyGroup><ConfigurationType>DynamicLibrary</ConfigurationType></PropertyGroup>
<ImportGroup><Import Project="pyproject.props" /></ImportGroup>
<ItemDefinitionGroup>
<ClCompile>
<PreprocessorDefinitions>FIRST;%(PreprocessorDefinitions)</PreprocessorDefinitions>
<PreprocessorDefinitions Condition="'$(Platform)' == 'ARM64'">ARM;%(PreprocessorDefinitions)</PreprocessorDefinitions>
<AdditionalIncludeDirectories>..\\Modules\\own;%(AdditionalIncludeDirectories)</AdditionalIncludeDirectories>
</ClCompile>
<Link><AdditionalDependencies>ws2_32.lib;%(AdditionalDependencies)</AdditionalDependencies></Link>
</ItemDefinitionGroup>
<ItemGroup>
<ClCompile Include="..\\Modules\\a.c" />
<ClCompile Include="..\\Modules\\b.c">
<PreprocessorDefinitions>B;%(PreprocessorDefinitions)</PreprocessorDefinitions></ClCompile>
<ClCompile Include="..\\Modules\\c.c"><ExcludedFromBuild Condition="'$(Platform)' == 'x64'">true</ExcludedFromBuild></ClCompile>
</ItemGroup>
<ItemGroup Condition="$(IncludeExternals)"><ClCompile Include="$(zlibDir)\\z.c" /></ItemGroup>
<PropertyGroup><TargetName>late</TargetName></PropertyGroup>
"""


def make_tree(folder: Path, project: str = PROJECT) -> Path:
    """A tree with one project, named p."""
    for name, text in (("p.vcxproj", project), ("pyproject.props", COMMON)):
        (folder / "PCbuild").mkdir(exist_ok=True)
        (folder / "PCbuild" / name).write_text(SHEET.format(text))
    (folder / "Include").mkdir()
    (folder / "Include" / "patchlevel.h").write_text(
        "#define PY_MAJOR_VERSION 3\n#define PY_MINOR_VERSION 13\n#define PY_MICRO_VERSION 5\n"
        "#define PY_RELEASE_LEVEL PY_RELEASE_LEVEL_FINAL\n#define PY_RELEASE_SERIAL 0\n"
    )
    return folder


def printed(capsys: pytest.CaptureFixture[str], tree: Path, *arguments: str) -> list[str]:
    """What the program prints of project p, with paths below the tree only."""
    assert windows_projects.main(["--tree", str(tree), *arguments, "p"]) == 0
    return [line.replace(f"{tree}/", "").replace("\t", " ") for line in capsys.readouterr().out.splitlines()]


def test_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, make_tree(tmp_path), "--target", "x86_64-windows")
    assert lines == [
        "project p",
        "kind dll",
        "output late",
        "suffix dll",
        "library ws2_32",
        "sources ",
        "define FIRST",
        # Properties have their last value wherever they are used, as in MSBuild.
        'define NAME="late.dll"',
        "include Include",
        "quoted-include Modules/own",
        "file Modules/a.c",
        "sources ",
        "define B",
        "define FIRST",
        'define NAME="late.dll"',
        "include Include",
        "quoted-include Modules/own",
        "file Modules/b.c",
        "end ",
    ]


def test_conditions_and_externals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = make_tree(tmp_path)
    lines = printed(capsys, tree, "--target", "aarch64-windows", "--external", f"zlibDir={tree}/externals/z")
    assert [line for line in lines if line.startswith("file")] == [
        "file Modules/a.c",
        "file Modules/c.c",
        "file externals/z/z.c",
        "file Modules/b.c",
    ]
    assert "define ARM" in lines


def test_what_is_not_understood_is_an_error(tmp_path: Path) -> None:
    tree = make_tree(tmp_path, PROJECT.replace("FIRST", "FIRST=$(Platform.Trim())"))
    with pytest.raises(UserError, match=r"the project p says .*Trim.* not understood"):
        windows_projects.main(["--tree", str(tree), "--target", "x86_64-windows", "p"])


def test_project_of_a_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = make_tree(tmp_path)
    (tmp_path / "windows").mkdir()
    text = """<PropertyGroup><ConfigurationType>StaticLibrary</ConfigurationType></PropertyGroup>
<ItemDefinitionGroup Condition="'$(Configuration)|$(Platform)'=='Release|x64'"><ClCompile>
<AdditionalIncludeDirectories>./;../src</AdditionalIncludeDirectories></ClCompile></ItemDefinitionGroup>
<ItemGroup><ClCompile Include="..\\src\\l.c" /></ItemGroup>"""
    path = tmp_path / "windows" / "library.vcxproj"
    path.write_text(SHEET.format(text))
    assert windows_projects.main(["--tree", str(tree), "--target", "aarch64-windows", str(path)]) == 0
    lines = [line.replace(f"{tree}/", "").replace("\t", " ") for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "project library",
        "kind lib",
        "output library",
        "suffix lib",
        "sources ",
        "include windows",
        "include src",
        "file src/l.c",
        "end ",
    ]


def test_unknown_project_and_target(tmp_path: Path) -> None:
    tree = make_tree(tmp_path)
    with pytest.raises(UserError, match=r"q.vcxproj is missing"):
        windows_projects.main(["--tree", str(tree), "--target", "x86_64-windows", "q"])
    with pytest.raises(UserError, match="'sparc' is no target of Windows"):
        windows_projects.main(["--tree", str(tree), "--target", "sparc", "p"])


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("true", True),
        ("false", False),
        ("'a' == 'A'", True),
        ("'a' != 'A'", False),
        (" != ''", False),
        (" == ''", True),
        ("!false and 'x' == 'x'", True),
        ("false or ('x' == 'x' and true)", True),
        ("true and false or true", True),
        ("Exists('/nowhere')", False),
        ("!HasTrailingSlash('a\\')", False),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    assert Conditions(text).result() is holds


def test_conditions_that_cannot_be_read() -> None:
    for text in ("'a' === 'b'", "%", "true true"):
        with pytest.raises(UserError, match="not understood"):
            Conditions(text).result()


def test_exports(tmp_path: Path) -> None:
    source = tmp_path / "dll.c"
    source.write_text("#define EXPORT_FUNC(name) x\nEXPORT_FUNC(Py_A)\nEXPORT_DATA(Py_B)\n")
    output = tmp_path / "exports.c"
    assert windows_exports.main([str(output), "--from", str(source), "--dll", "python313", "DllMain"]) == 0
    text = output.read_text()
    assert '" -export:Py_A=python313.Py_A\\"' in text
    assert '" -export:Py_B=python313.Py_B,DATA\\"' in text
    assert '" -export:DllMain\\"' in text
    source.write_text("nothing")
    with pytest.raises(UserError, match="names nothing to export"):
        windows_exports.main([str(output), "--from", str(source), "--dll", "python313"])
