"""What the base's Visual Studio projects (PCbuild/*.vcxproj) say is to be built: files, definitions, libraries.

    windows_projects.py --tree DIR --target TARGET [--jit yes|yes-off|interpreter|no] [--debug] [--external NAME=DIR] PROJECT...

prints it as lines of a keyword and a value with a tab between, for ci/windows/meson.build:

    project NAME          begins a project
    kind dll|exe|lib      followed by `output` (file name without its suffix) and `suffix`
    subsystem, stack      of programs
    noentry               a library without an entry point
    export NAME           a function that the linker is to export
    library NAME          what to link with, without .lib
    resource FILE         followed by its `resource-define`s and `resource-include`s
    sources               begins files that share the following
    define, include, quoted-include
    file PATH
    end                   ends a project

A project file is read as MSBuild would: properties in their order, with conditions. A property that functions would give
its value keeps the one that it had: what matters of those is in properties(). Whatever else is not understood is an error
where it is printed.
"""

import argparse
import posixpath
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from support import UserError, main_wrapper

NAMESPACE = "{http://schemas.microsoft.com/developer/msbuild/2003}"
PLATFORMS = {"x86_64-windows": "x64", "aarch64-windows": "ARM64"}
ARCHITECTURES = {"x64": "amd64", "ARM64": "arm64"}
# As PCbuild/build.bat calls them for --experimental-jit, -off and -interpreter.
JIT: dict[str, dict[str, str]] = {
    "yes": {"UseJIT": "true", "UseTIER2": "1"},
    "yes-off": {"UseJIT": "true", "UseTIER2": "3"},
    "interpreter": {"UseTIER2": "4"},
    "no": {},
}
# Property sheets that say something of the sources; python.props is replaced by properties().
IMPORTED = ("pyproject.props", "libffi.props", "openssl.props", "tcltk.props")
BUILD = "@BUILD@"  # where MSBuild would put what it makes; the folders below are not ours
SUFFIXES = {"DynamicLibrary": "dll", "Application": "exe", "StaticLibrary": "lib"}
COMMON = "pyproject.props"  # its include folders are for every file


@dataclass(frozen=True)
class Source:
    """One file and what it is compiled with; paths are absolute."""

    path: str
    defines: tuple[str, ...]
    includes: tuple[str, ...]  # for all #include
    quoted: tuple[str, ...]  # for #include with quotes only: the project's own, which may hold names of system headers


@dataclass
class Project:
    """One program or library."""

    name: str
    kind: str
    output: str
    suffix: str
    subsystem: str
    stack: str
    entry: bool
    exports: list[str] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    resources: list[Source] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)


@dataclass(frozen=True)
class Frozen:
    """A module whose code goes into the program: its name, source and header."""

    name: str
    source: str
    header: str


class Conditions:
    """A reader of MSBuild's conditions, such as "'$(Platform)' == 'x64' and !$(IncludeSSL)", with properties filled in."""

    TOKENS = re.compile(r"\s*(==|!=|>=|<=|[!()<>]|\band\b|\bor\b|'[^']*'|[\w.+:\\/-]+)", re.IGNORECASE)

    def __init__(self, text: str) -> None:
        self.text, self.tokens, at = text, [], 0
        while text[at:].strip():
            match = self.TOKENS.match(text, at)
            if match is None:
                raise UserError(f"condition {text!r} of a project file is not understood")
            self.tokens.append(match[1])
            at = match.end()

    def result(self) -> bool:
        """Whether it holds; UserError if it cannot be read."""
        value = self.either()
        if self.tokens:
            raise UserError(f"condition {self.text!r} of a project file is not understood")
        return value

    def peek(self) -> str:
        """The next token in lower case, empty at the end."""
        return self.tokens[0].lower() if self.tokens else ""

    def either(self) -> bool:
        value = self.both()
        while self.peek() == "or":
            self.tokens.pop(0)
            value = self.both() or value
        return value

    def both(self) -> bool:
        value = self.comparison()
        while self.peek() == "and":
            self.tokens.pop(0)
            value = self.comparison() and value
        return value

    def comparison(self) -> bool:
        if self.peek() == "!":
            self.tokens.pop(0)
            return not self.comparison()
        if self.peek() == "(":
            self.tokens.pop(0)
            value = self.either()
            self.tokens.pop(0)
            return value
        # A property without quotes that is empty leaves nothing.
        left = "" if self.peek() in ("==", "!=") else self.operand()
        if self.peek() in ("==", "!="):
            equal = self.tokens.pop(0) == "=="
            return (left.lower() == self.operand().lower()) == equal
        return left.lower() == "true"

    def operand(self) -> str:
        if not self.tokens:
            return ""
        word = self.tokens.pop(0)
        if self.peek() == "(" and word.lower() in ("exists", "hastrailingslash"):
            self.tokens.pop(0)
            value = self.tokens.pop(0).strip("'") if self.peek() != ")" else ""
            self.tokens.pop(0)
            if word.lower() == "exists":
                return str(bool(value) and Path(value.replace("\\", "/")).exists())
            return str(value.endswith(("\\", "/")))
        return word.strip("'")


@dataclass
class Reader:
    """What has been read of one project: properties and the defaults of its files."""

    folder: Path  # where project files lie, from which paths count
    properties: dict[str, str]
    defaults: dict[tuple[str, str], str] = field(default_factory=dict)  # (sort of file, name) -> value
    common: list[str] = field(default_factory=list)  # include folders that every file has
    items: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)  # sort, path, what it says of itself

    def expand(self, text: str) -> str:
        """The text with properties filled in; functions of properties are left as they are."""
        names = {name.lower(): value for name, value in self.properties.items()}
        return re.sub(r"\$\(([\w.]+)\)", lambda match: names.get(match[1].lower(), ""), text)

    def holds(self, element: ElementTree.Element) -> bool:
        """Whether an element's condition holds; one that calls functions of properties does not."""
        condition = self.expand(element.get("Condition", "true"))
        return "$(" not in condition and Conditions(condition).result()

    def read(self, name: str) -> None:
        """Read a project: all properties, then the defaults of files, then files, as MSBuild does."""
        for _, entry in self.entries(name, "PropertyGroup"):
            if self.holds(entry) and "$(" not in (value := self.expand(entry.text or "")):
                self.properties[entry.tag.removeprefix(NAMESPACE)] = value
        for sheet, entry in self.entries(name, "ItemDefinitionGroup"):
            if self.holds(entry):
                self.define(entry)
            if sheet == COMMON:
                self.common = split(self.default("ClCompile", "AdditionalIncludeDirectories"))
        for _, entry in self.entries(name, "ItemGroup"):
            if self.holds(entry):
                self.add(entry)

    def entries(self, name: str, group: str) -> Iterator[tuple[str, ElementTree.Element]]:
        """What groups of one sort hold in a file of PCbuild and what it imports, with the file's name."""
        path = self.folder / name
        if not path.is_file():
            raise UserError(f"{path} is missing; is the tree prepared (meson compile prepare)?")
        for element in self.opened(ElementTree.parse(path).getroot()):
            sheet = element.get("Project", "")
            if sheet in IMPORTED:
                if sheet == COMMON and group == "PropertyGroup":
                    self.set_names()
                yield from self.entries(sheet, group)
            elif element.tag == NAMESPACE + group and self.holds(element):
                yield from ((name, entry) for entry in element)

    def opened(self, root: ElementTree.Element) -> Iterator[ElementTree.Element]:
        """Elements in their order, with groups of imports opened."""
        for element in root:
            yield from self.opened(element) if element.tag == NAMESPACE + "ImportGroup" else (element,)

    def set_names(self) -> None:
        """The name of what is built, where the project has not given it before pyproject.props needs it."""
        self.properties.setdefault("TargetName", self.properties["ProjectName"] + self.properties["PyDebugExt"])
        suffix = SUFFIXES.get(self.properties.get("ConfigurationType", ""), "")
        self.properties.setdefault("TargetExt", f".{suffix}")

    def values(self, entry: ElementTree.Element, sort: str) -> dict[str, str]:
        """What an element says of files, on top of the defaults of their sort."""
        said: dict[str, str] = {}
        for value in filter(self.holds, entry):
            name = value.tag.removeprefix(NAMESPACE)
            before = said.get(name, self.defaults.get((sort, name), ""))
            said[name] = self.expand(value.text or "").replace(f"%({name})", before).strip()
        return said

    def define(self, entry: ElementTree.Element) -> None:
        """Take defaults for a sort of files."""
        sort = entry.tag.removeprefix(NAMESPACE)
        for name, value in self.values(entry, sort).items():
            self.defaults[sort, name] = value

    def add(self, entry: ElementTree.Element) -> None:
        """Take files."""
        sort = entry.tag.removeprefix(NAMESPACE)
        said = self.values(entry, sort)
        for path in split(self.expand(entry.get("Include", ""))):
            self.items.append((sort, path, said))

    def default(self, sort: str, name: str) -> str:
        """A default, empty if there is none."""
        return self.defaults.get((sort, name), "")

    def path(self, text: str) -> str:
        """An absolute path for one that counts from the project files."""
        return posixpath.normpath(posixpath.join(self.folder.as_posix(), text.replace("\\", "/")))

    def source(self, sort: str, path: str, said: Mapping[str, str]) -> Source:
        """A file with what it is compiled with."""
        defines = said.get("PreprocessorDefinitions", self.default(sort, "PreprocessorDefinitions"))
        includes = split(said.get("AdditionalIncludeDirectories", self.default(sort, "AdditionalIncludeDirectories")))
        own = [folder for folder in includes if sort == "ClCompile" and folder.startswith("..\\") and folder not in self.common]
        common = [folder for folder in includes if folder not in own]
        return Source(self.path(path), unique(split(defines)), self.folders(common), self.folders(own))

    def folders(self, names: Sequence[str]) -> tuple[str, ...]:
        """Absolute paths of folders."""
        return unique([self.path(name) for name in names if BUILD not in name])


def split(text: str) -> list[str]:
    """The entries of a list with semicolons."""
    return [entry for part in text.split(";") if (entry := part.strip())]


def unique(entries: Sequence[str]) -> tuple[str, ...]:
    """Each entry once, where it is first."""
    return tuple(dict.fromkeys(entries))


def version(tree: Path) -> tuple[str, str]:
    """The major and minor version of a tree."""
    text = (tree / "Include" / "patchlevel.h").read_text("utf-8")
    major, minor = (re.search(rf"define\s+PY_{name}_VERSION\s+(\d+)", text) for name in ("MAJOR", "MINOR"))
    if major is None or minor is None:
        raise UserError(f"{tree}/Include/patchlevel.h does not say which version it is")
    return major[1], minor[1]


def field3(tree: Path) -> str:
    """The third field of the version that resources have: 1000 times the micro version, 150 for a final release, the serial."""
    text = (tree / "Include" / "patchlevel.h").read_text("utf-8")
    micro = re.search(r"define\s+PY_MICRO_VERSION\s+(\d+)", text)
    level = re.search(r"define\s+PY_RELEASE_LEVEL\s+PY_RELEASE_LEVEL_(\w+)", text)
    serial = re.search(r"define\s+PY_RELEASE_SERIAL\s+(\d+)", text)
    assert micro and level and serial
    levels = {"ALPHA": 10, "BETA": 11, "GAMMA": 12}
    return str(int(micro[1]) * 1000 + levels.get(level[1], 15) * 10 + int(serial[1]))


def properties(tree: Path, target: str, jit: str, debug: bool, externals: Mapping[str, str]) -> dict[str, str]:
    """What PCbuild/python.props would find out; `externals` are folders of libraries by property, such as zlibDir."""
    if target not in PLATFORMS:
        raise UserError(f"{target!r} is no target of Windows; there are {', '.join(PLATFORMS)}")
    platform = PLATFORMS[target]
    major, minor = version(tree)
    suffix = "_d" if debug else ""
    arch = ARCHITECTURES[platform]
    result = {
        "Platform": platform,
        "PlatformToolset": "ClangCL",
        "Configuration": "Debug" if debug else "Release",
        "ArchName": arch,
        "MajorVersionNumber": major,
        "MinorVersionNumber": minor,
        "PySourcePath": "..\\",
        "PyVPath": "..\\\\..",
        "PyDebugExt": suffix,
        "PyDllName": f"python{major}{minor}{suffix}",
        "Py3DllName": "python3",
        "PyExeName": "python",
        "PyWExeName": "pythonw",
        "PyStdlibPydExt": ".pyd",
        "PydTag": f".cp{major}{minor}-win_{arch}",
        "SysWinVer": f"{major}.{minor}" + ("-arm64" if arch == "arm64" else ""),
        "Field3Value": field3(tree),
        "mpdecimalDir": "..\\Modules\\_decimal",  # the base has a copy
        "IncludeExternals": "true" if "zlibDir" in externals else "false",
        "Py_IntDir": BUILD,
    }
    return {**result, **JIT[jit], **externals}


def read_project(tree: Path, name: str, known: Mapping[str, str]) -> tuple[Project, Reader]:
    """A project of PCbuild by its name, or another one by the path of its file, if it ends in .vcxproj."""
    other = name.endswith(".vcxproj")
    folder = Path(name).absolute().parent if other else tree / "PCbuild"
    name = Path(name).stem if other else name
    reader = Reader(folder, {**known, "ProjectName": name})
    if other:
        # Its configurations are those of its authors.
        reader.properties |= {"Configuration": "Release", "Platform": "x64"}
    reader.read(f"{name}.vcxproj")
    reader.set_names()
    kind = reader.properties.get("ConfigurationType", "")
    if kind not in SUFFIXES:
        raise UserError(f"{name}.vcxproj builds {kind or 'nothing'}, which is neither a program nor a library")
    output = reader.properties["TargetName"]
    suffix = reader.properties["TargetExt"].lstrip(".")
    options = reader.default("Link", "AdditionalOptions")
    project = Project(
        name,
        SUFFIXES[kind],
        output,
        suffix,
        reader.default("Link", "SubSystem").lower(),
        reader.default("Link", "StackReserveSize"),
        reader.default("Link", "NoEntryPoint") != "true",
        exports=re.findall(r"/EXPORT:(\w+)", options),
        libraries=[library.removesuffix(".lib") for library in split(reader.default("Link", "AdditionalDependencies"))],
    )
    for sort, path, said in reader.items:
        if said.get("ExcludedFromBuild") == "true":
            continue
        if sort == "ClCompile":
            project.sources.append(reader.source(sort, path, said))
        elif sort == "ResourceCompile":
            project.resources.append(reader.source(sort, path, said))
    return project, reader


def frozen_modules(tree: Path, known: Mapping[str, str]) -> list[Frozen]:
    """The modules that are frozen, as _freeze_module.vcxproj lists them; headers are relative to the build folder."""
    _, reader = read_project(tree, "_freeze_module", known)
    found = []
    for _, path, said in reader.items:
        if "ModName" in said and "OutFile" in said:
            header = said["OutFile"].replace("\\", "/").partition("_frozen/")[2]
            found.append(Frozen(said["ModName"], reader.path(path), header))
    return found


def lines(project: Project) -> Iterator[str]:
    """A project as the docstring of this file says; UserError if something in it was not understood."""
    yield f"project\t{project.name}"
    yield f"kind\t{project.kind}"
    yield f"output\t{project.output}"
    yield f"suffix\t{project.suffix}"
    if project.subsystem:
        yield f"subsystem\t{project.subsystem}"
    if project.stack:
        yield f"stack\t{project.stack}"
    if not project.entry:
        yield "noentry\ttrue"
    yield from (f"export\t{name}" for name in project.exports)
    yield from (f"library\t{name}" for name in unique(project.libraries))
    for resource in project.resources:
        yield f"resource\t{resource.path}"
        yield from (f"resource-define\t{define}" for define in resource.defines)
        yield from (f"resource-include\t{folder}" for folder in resource.includes)
    groups: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for source in project.sources:
        groups.setdefault((source.defines, source.includes, source.quoted), []).append(source.path)
    for (defines, includes, quoted), paths in groups.items():
        yield "sources\t"
        yield from (f"define\t{define}" for define in defines)
        yield from (f"include\t{folder}" for folder in includes)
        yield from (f"quoted-include\t{folder}" for folder in quoted)
        yield from (f"file\t{path}" for path in paths)
    yield "end\t"


def main(argv: Sequence[str]) -> int:
    """Command line, see the top of this file."""
    parser = argparse.ArgumentParser(description="print what projects of PCbuild consist of")
    parser.add_argument("--tree", type=Path, required=True, help="a prepared tree")
    parser.add_argument("--target", required=True, help="one of " + ", ".join(PLATFORMS))
    parser.add_argument("--jit", choices=JIT, default="no")
    parser.add_argument("--debug", action="store_true")
    parser.add_argument("--external", action="append", default=[], metavar="NAME=DIR", help="a property, such as zlibDir")
    parser.add_argument("--frozen", action="store_true", help="list the frozen modules: name, source and header")
    parser.add_argument("project", nargs="*")
    options = parser.parse_args(argv)
    tree = options.tree.absolute()
    known = properties(tree, options.target, options.jit, options.debug, dict(each.split("=", 1) for each in options.external))
    if options.frozen:
        for module in frozen_modules(tree, known):
            print(module.name, module.source, module.header, sep="\t")
    for name in options.project:
        for line in lines(read_project(tree, name, known)[0]):
            if "$(" in line or "%(" in line:
                raise UserError(f"the project {name} says {line.expandtabs(1)!r}, which is not understood")
            print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
