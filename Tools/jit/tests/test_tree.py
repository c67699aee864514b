"""Preparing a tree, exporting its commits, and never losing anyone's work."""

import os
import re
from pathlib import Path

import pytest
import regen
import series
import tree as trees
from fake_project import SOURCE, Fake, base_files, make_tarball
from support import REPOSITORY, UserError, git, git_text

AUTHOR = {"GIT_AUTHOR_NAME": "Zoë Example", "GIT_AUTHOR_EMAIL": "zoe@example.org", "GIT_AUTHOR_DATE": "1700000000 +0130"}


def commit(tree: Path, message: str, **files: str | None) -> None:
    """Commit changed files (None: removed); `__` in a keyword stands for `/`, `_dot_` for `.`."""
    for key, text in files.items():
        path = tree / key.replace("__", "/").replace("_dot_", ".")
        if text is None:
            path.unlink()
        else:
            path.write_text(text)
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", message, env=AUTHOR)


def two_commits(tree: Path) -> None:
    """An edit with a long message; then an addition, a removal and a change of mode."""
    edited = SOURCE.replace("line 20\n", "line twenty, naïve\n")
    commit(tree, 'Edit: "one line"\n\nWhy: because of naïve reasons.\n\n\tindented\n# not a comment', Objects__object_dot_c=edited)
    os.chmod(tree / "Objects/object.c", 0o755)
    commit(tree, "Add and remove", Objects__new_dot_c="new\n", Lib__os_dot_py=None)


def test_prepared_tree(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "a" / "tree"
    assert fake.prepare(tree).endswith("0 patches, 3 links of ours: prepared")
    # Upstream's files are gone, ours are links that stay valid when both sides move together.
    assert not (tree / "Python/jit.c").exists()
    assert not (tree / "Tools/jit/build.py").exists()
    for relative in ("Python/jit", "Include/internal/pycore_jit.h", "Tools/jit"):
        link = os.readlink(tree / relative)
        assert not os.path.isabs(link)
        assert (tree / relative).resolve() == (fake.project.root / relative).resolve()
    assert (tree / "Python/generated_cases.c.h").read_text().startswith("// made by tier1_generator.py\nLINE 1\n")
    assert os.access(tree / "configure", os.X_OK)
    assert git_text(tree, "status", "--porcelain", "--ignored=no") == ""
    tracked = git_text(tree, "ls-files").splitlines()
    assert "Python/bytecodes.c" in tracked
    assert not set(tracked) & set(fake.project.regenerated)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["tree"]


def test_second_run_changes_nothing(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    fake.prepare(tree)
    before = {path: path.stat().st_mtime_ns for path in tree.rglob("*") if ".git" not in path.parts}
    fake.tarball.unlink()  # not even the base is looked at
    assert fake.prepare(tree).endswith("up to date")
    assert {path: path.stat().st_mtime_ns for path in tree.rglob("*") if ".git" not in path.parts} == before


def test_edit_of_bytecodes_remakes_generated_files(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    fake.prepare(tree)
    (tree / "Python/bytecodes.c").write_text("changed\n")
    assert fake.prepare(tree).endswith("generated files remade")
    assert "CHANGED" in (tree / "Include/opcode_ids.h").read_text()
    (tree / "Include/opcode_ids.h").write_text("spoilt\n")
    assert fake.prepare(tree).endswith("generated files remade")
    assert "CHANGED" in (tree / "Include/opcode_ids.h").read_text()


def test_generated_files_depend_on_all_that_the_generator_imports(tmp_path: Path) -> None:
    (tmp_path / "Tools").mkdir()
    (tmp_path / "Tools/jit").symlink_to(REPOSITORY / "Tools/jit")
    inputs = regen.inputs(tmp_path)
    imported = {
        name
        for text in inputs.values()
        for name in re.findall(r"^(?:from|import) (\w+)", text.decode(), re.MULTILINE)
        if name != "support" and (REPOSITORY / f"Tools/jit/{name}.py").is_file()
    }
    assert "primitives" in imported
    assert {f"Tools/jit/{name}.py" for name in imported} <= set(inputs)


def test_apply_then_export_changes_nothing(fake: Fake, tmp_path: Path) -> None:
    first = tmp_path / "first"
    fake.prepare(first)
    two_commits(first)
    assert trees.export(fake.project, first, False) == "2 patches, 2 changed"
    texts = fake.texts()
    assert list(texts) == ["0001-edit-one-line.patch", "0002-add-and-remove.patch", "series"]
    assert trees.export(fake.project, first, False) == "2 patches, 0 changed"
    second = tmp_path / "elsewhere" / "second"
    fake.prepare(second)
    assert trees.export(fake.project, second, False) == "2 patches, 0 changed"
    assert fake.texts() == texts
    assert git_text(first, "rev-parse", "HEAD^{tree}") == git_text(second, "rev-parse", "HEAD^{tree}")
    show = ("show", "--no-patch", "--format=%an <%ae>%n%ad%n%B", "HEAD^")
    assert git_text(first, *show) == git_text(second, *show)


def test_same_series_gives_the_same_commits(fake: Fake, tmp_path: Path) -> None:
    fake.prepare(tmp_path / "first")
    two_commits(tmp_path / "first")
    trees.export(fake.project, tmp_path / "first", False)
    heads = set()
    for name in ("second", "third"):
        fake.prepare(tmp_path / name)
        heads.add(git_text(tmp_path / name, "rev-parse", "HEAD"))
    assert len(heads) == 1


def test_patch_text_has_no_trace_of_machine_or_git_version(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    fake.prepare(tree)
    two_commits(tree)
    trees.export(fake.project, tree, False)
    text = fake.texts()["0001-edit-one-line.patch"].decode()
    assert text.startswith(
        "From: Zoë Example <zoe@example.org>\nDate: Tue, 14 Nov 2023 23:43:20 +0130\n"
        'Subject: Edit: "one line"\n\nWhy: because of naïve reasons.\n\n\tindented\n# not a comment\n\n---\n'
        "diff --git a/Objects/object.c b/Objects/object.c\n--- a/Objects/object.c\n"
    )
    assert "\nindex " not in text
    assert str(tmp_path) not in text


def test_git_am_understands_our_patches(fake: Fake, tmp_path: Path) -> None:
    first = tmp_path / "first"
    fake.prepare(first)
    empty = git_text(first, "rev-parse", "HEAD")
    two_commits(first)
    trees.export(fake.project, first, False)
    head = git_text(first, "rev-parse", "HEAD^{tree}")
    git(first, "checkout", "--quiet", "-b", "by-am", empty)
    git(first, "am", "--quiet", *(str(path) for path in sorted(fake.patches.glob("*.patch"))))
    assert git_text(first, "rev-parse", "HEAD^{tree}") == head
    assert git_text(first, "log", "-1", "--format=%an %s", "HEAD^") == 'Zoë Example Edit: "one line"'


def test_export_drops_and_renumbers(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    fake.prepare(tree)
    two_commits(tree)
    trees.export(fake.project, tree, False)
    git(tree, "rebase", "--quiet", "--onto", "HEAD~2", "HEAD~1")
    trees.export(fake.project, tree, False)
    assert list(fake.texts()) == ["0001-add-and-remove.patch", "series"]
    assert fake.prepare(tree).endswith("up to date")


def exported_series(fake: Fake, tree: Path) -> dict[str, bytes]:
    """Make two commits in a scratch tree, export them, and give the patch folder's contents."""
    fake.prepare(tree)
    two_commits(tree)
    trees.export(fake.project, tree, False)
    return fake.texts()


def clear_series(fake: Fake) -> None:
    """Make the series empty."""
    for path in fake.patches.glob("*.patch"):
        path.unlink()
    (fake.patches / "series").write_text("")


def test_changed_series_moves_the_tree_and_little_else(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    fake.prepare(tree)
    untouched = (tree / "Python/bytecodes.c").stat().st_mtime_ns
    exported_series(fake, tmp_path / "other")
    assert fake.prepare(tree).endswith("moved to the changed patch series")
    assert "naïve" in (tree / "Objects/object.c").read_text()
    assert (tree / "Python/bytecodes.c").stat().st_mtime_ns == untouched
    assert git_text(tree, "worktree", "list").count("\n") == 0


def test_changed_series_refuses_to_lose_commits(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    fake.prepare(tree)
    commit(tree, "Mine", Lib__os_dot_py="mine\n")
    exported_series(fake, tmp_path / "other")
    with pytest.raises(UserError, match="commits that were not exported"):
        fake.prepare(tree)
    assert (tree / "Lib/os.py").read_text() == "mine\n"
    with pytest.raises(UserError, match="changed since this tree was prepared"):
        trees.export(fake.project, tree, False)
    assert "0002-add-and-remove.patch" in fake.texts()


def test_changed_series_refuses_to_lose_edits(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    fake.prepare(tree)
    exported_series(fake, tmp_path / "other")
    (tree / "Lib/os.py").write_text("mine\n")
    with pytest.raises(UserError, match=r"uncommitted edits \(Lib/os.py\)"):
        fake.prepare(tree)
    assert (tree / "Lib/os.py").read_text() == "mine\n"


def test_changed_base_list_refuses_to_lose_new_files(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    fake.prepare(tree)
    (tree / "Lib/mine.py").write_text("mine\n")
    with (fake.project.root / "cpython/replaced.txt").open("a") as stream:
        stream.write("Lib/os.py\n")
    with pytest.raises(UserError, match=r"uncommitted edits \(Lib/mine.py\)"):
        fake.prepare(tree)
    (tree / "Lib/mine.py").unlink()
    assert fake.prepare(tree).endswith("prepared")
    assert not (tree / "Lib/os.py").exists()


def test_commits_exported_elsewhere_are_recognised(fake: Fake, tmp_path: Path) -> None:
    texts = exported_series(fake, tmp_path / "other")
    clear_series(fake)
    tree = tmp_path / "tree"
    fake.prepare(tree)
    two_commits(tree)
    for name, data in texts.items():
        (fake.patches / name).write_bytes(data)
    assert fake.prepare(tree).endswith("up to date")


def test_failing_patch_leaves_nothing_behind(fake: Fake, tmp_path: Path) -> None:
    texts = exported_series(fake, tmp_path / "other")
    bad = texts["0001-edit-one-line.patch"].replace(b"-line 20", b"-LINE 20")
    (fake.patches / "0001-edit-one-line.patch").write_bytes(bad)
    with pytest.raises(UserError, match=r"0001-edit-one-line.patch does not apply: Objects/object.c: no one place for the change of line 20 .LINE 20."):
        fake.prepare(tmp_path / "a" / "tree")
    assert list((tmp_path / "a").iterdir()) == []


def test_failing_patch_leaves_the_old_tree(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    texts = exported_series(fake, tree)
    head = git_text(tree, "rev-parse", "HEAD")
    bad = texts["0002-add-and-remove.patch"].replace(b"-line 7\n", b"-line seven\n")
    (fake.patches / "0002-add-and-remove.patch").write_bytes(bad)
    with pytest.raises(UserError, match="0002-add-and-remove.patch does not apply"):
        fake.prepare(tree)
    assert git_text(tree, "rev-parse", "HEAD") == head
    assert git_text(tree, "worktree", "list").count("\n") == 0
    assert trees.uncommitted(tree) == []


def test_later_base_takes_the_series(fake: Fake, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exported_series(fake, tmp_path / "other")
    files = base_files("3.13.9")
    # Lines above moved the place, and one line of the context reads differently.
    files["Objects/object.c"] = "inserted\n" * 5 + SOURCE.replace("line 18\n", "line eighteen\n")
    later = make_tarball(tmp_path / "later.tar.xz", files, "Python-3.13.9")
    tree = tmp_path / "tree"
    assert "CPython 3.13.9, 2 patches" in fake.prepare(tree, later)
    text = (tree / "Objects/object.c").read_text()
    assert "line eighteen\nline 19\nline twenty, naïve\n" in text
    output = capsys.readouterr().out
    assert "not the pinned 3.13.5" in output
    assert "0001-edit-one-line.patch applied with relaxed context" in output


def test_patch_that_upstream_took_is_left_out(fake: Fake, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = tmp_path / "first"
    fake.prepare(first)
    commit(first, "Fix\n\nWhy.\n\nFixed-upstream: 3.13.10 (gh-1)", Lib__os_dot_py=SOURCE.replace("line 9\n", "fixed\n"))
    trees.export(fake.project, first, False)
    for version, applied in (("3.13.9", 1), ("3.13.10", 0), ("3.13.11", 0)):
        later = make_tarball(tmp_path / "later.tar.xz", base_files(version), "Python")
        fake.prepare(tmp_path / version, later)
        assert git_text(tmp_path / version, "rev-list", "--count", "HEAD") == str(1 + applied)
    assert "0001-fix.patch is left out, CPython 3.13.10 and later have the change" in capsys.readouterr().out


def test_export_from_another_base_is_refused(fake: Fake, tmp_path: Path) -> None:
    later = make_tarball(tmp_path / "later.tar.xz", base_files("3.13.9"), "Python")
    fake.prepare(tmp_path / "tree", later)
    two_commits(tmp_path / "tree")
    with pytest.raises(UserError, match="is CPython 3.13.9 and the series is for the pinned 3.13.5"):
        trees.export(fake.project, tmp_path / "tree", False)
    assert list(fake.texts()) == ["series"]


def test_new_file_of_ours_is_linked_and_an_old_link_removed(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    fake.prepare(tree)
    (fake.project.root / "Lib/test/test_jit").mkdir(parents=True)
    (fake.project.root / "Include/internal/pycore_jit.h").unlink()
    fake.prepare(tree)
    assert (tree / "Lib/test").is_symlink()  # the fake base has no Lib/test
    assert not (tree / "Include/internal/pycore_jit.h").is_symlink()
    assert trees.uncommitted(tree) == []


def test_file_of_ours_over_one_of_the_base_is_refused(fake: Fake, tmp_path: Path) -> None:
    (fake.project.root / "Objects").mkdir()
    (fake.project.root / "Objects/object.c").write_text("ours\n")
    with pytest.raises(UserError, match="Objects/object.c is in the base as well; list it in cpython/replaced.txt"):
        fake.prepare(tmp_path / "a" / "tree")
    assert list((tmp_path / "a").iterdir()) == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("Include/opcode_ids.h", "is generated"),
        ("Python/jit.c", "our own files replace"),
        ("Python/jit/emit.c", "a file of this repository"),
    ],
)
def test_patch_of_a_forbidden_file_is_refused(fake: Fake, tmp_path: Path, path: str, reason: str) -> None:
    diff = f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"
    patch = series.Patch("A <a@b.c>", "Wed, 15 Nov 2023 00:43:20 +0000", "Bad\n", diff.encode())
    (fake.patches / "0001-bad.patch").write_bytes(patch.render())
    (fake.patches / "series").write_text("0001-bad.patch\n")
    with pytest.raises(UserError, match=f"0001-bad.patch changes {path}, which .*{reason}"):
        fake.prepare(tmp_path / "tree")


def test_series_and_folder_must_agree(fake: Fake, tmp_path: Path) -> None:
    (fake.patches / "series").write_text("0001-lost.patch\n")
    with pytest.raises(UserError, match="lists 0001-lost.patch, which does not exist"):
        fake.prepare(tmp_path / "tree")
    (fake.patches / "series").write_text("")
    (fake.patches / "0001-extra.patch").write_text("")
    with pytest.raises(UserError, match="0001-extra.patch is not in the file series"):
        fake.prepare(tmp_path / "tree")


@pytest.mark.parametrize(
    ("message", "reason"),
    [("Title\nsecond line", "second line"), ("Title\n\ntext\n---\nmore", "a line `---`")],
)
def test_message_that_a_patch_cannot_carry(fake: Fake, tmp_path: Path, message: str, reason: str) -> None:
    tree = tmp_path / "tree"
    fake.prepare(tree)
    commit(tree, message, Lib__os_dot_py="x\n")
    with pytest.raises(UserError, match=reason):
        trees.export(fake.project, tree, False)
    assert list(fake.texts()) == ["series"]


def test_binary_change_is_refused(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    fake.prepare(tree)
    commit(tree, "Binary", Lib__os_dot_py="\0\1\2")
    with pytest.raises(UserError, match="changes a binary file"):
        trees.export(fake.project, tree, False)


def test_users_git_configuration_does_not_matter(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = exported_series(fake, tmp_path / "first")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[diff]\n noprefix = true\n context = 9\n algorithm = histogram\n[core]\n autocrlf = true\n"
        "[commit]\n gpgsign = true\n[user]\n useConfigOnly = true\n[apply]\n whitespace = error\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    fake.prepare(tmp_path / "second")
    trees.export(fake.project, tmp_path / "second", False)
    assert fake.texts() == texts


def test_folder_that_is_no_tree_is_left_alone(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "thesis.txt").write_text("precious\n")
    with pytest.raises(UserError, match="is no prepared tree; name another folder"):
        fake.prepare(tree)
    assert (tree / "thesis.txt").read_text() == "precious\n"


def test_status(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    fake.prepare(tree)
    assert "nothing to export" in trees.status(fake.project, tree)
    two_commits(tree)
    (tree / "configure").write_text("edited\n")
    text = trees.status(fake.project, tree)
    assert "run tree.py export" in text
    assert "Add and remove" in text
    assert "edited  configure" in text
