"""What run_docs.py calls equal, what it calls different, and where."""
import argparse
import contextlib
import io
import pathlib
import subprocess
import tempfile
import unittest

import run_docs


class RunDocs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        (self.folder / "build").mkdir()

    def check(self, text, have="", update=False, long=False):
        """Exit status and what is printed for a page of that text."""
        page = self.folder / "page.md"
        page.write_text(text)
        options = argparse.Namespace(page=page, source=self.folder, build=self.folder / "build",
                                     scratch=self.folder / "scratch", have=have, update=update, long=long,
                                     seconds=60)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            status = run_docs.Page(options).check()
        return status, printed.getvalue()

    def write_program(self, path, command):
        program = self.folder / path
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{command}\n")
        program.chmod(0o755)

    def test_output_as_shown(self):
        self.assertEqual(self.check("```\n$ echo one; echo two\none\ntwo\n```\n"), (0, "page.md: 1 commands run, 0 not run\n"))

    def test_dots_stand_for_any_lines_or_none(self):
        for shown in ("...", "1\n...\n3", "...\n2\n...", "1\n2\n3\n..."):
            self.assertEqual(self.check(f"```\n$ seq 3\n{shown}\n```\n")[0], 0, shown)
        self.assertEqual(self.check("```\n$ seq 3\n1\n...\n2\n```\n")[0], 1)

    def test_a_difference_has_page_and_line(self):
        status, printed = self.check("text\n\n```\n$ seq 3\n1\n5\n3\n```\n")
        self.assertEqual(status, 1)
        self.assertIn("page.md:6: $ seq 3\n  shown: 5\n", printed)

    def test_a_line_too_many_or_too_few(self):
        self.assertEqual(self.check("```\n$ seq 2\n1\n```\n")[0], 1)
        self.assertEqual(self.check("```\n$ seq 1\n1\n2\n```\n")[0], 1)

    def test_every_turn_of_a_loop_counts(self):
        self.assertEqual(self.check("```\n$ for x in false true; do $x; done\n```\n")[0], 1)

    def test_exit_status(self):
        self.assertEqual(self.check("```\n$ false\n```\n")[0], 1)
        self.assertEqual(self.check("<!-- exit: 1 -->\n```\n$ false\n```\n")[0], 0)
        self.assertEqual(self.check("<!-- exit: 1 -->\n```\n$ true\n```\n")[0], 1)
        self.assertEqual(self.check("<!-- exit: 1 -->\n```\n$ (exit 2)\n```\n")[0], 1)

    def test_commands_that_are_not_run_are_counted(self):
        status, printed = self.check("<!-- long: hours -->\n```\n$ false\n$ false\n```\n<!-- needs: a b -->\n```\n$ false\n```\n", "a")
        self.assertEqual((status, printed), (77, "page.md: 0 commands run, 3 not run\n  2 not run: long: hours\n  1 not run: no b here\n"))

    def test_a_page_of_which_nothing_ran_has_not_passed(self):
        not_run, ran = "<!-- long: hours -->\n```\n$ false\n```\n", "```\n$ true\n```\n"
        self.assertEqual(self.check(not_run)[0], 77)
        self.assertEqual(self.check(not_run + ran)[0], 0)
        self.assertEqual(self.check(not_run + "```\n$ false\n```\n")[0], 1)

    def test_files_and_continuations(self):
        text = "<!-- file: a.txt -->\n```\nhello\n```\n\n```\n$ cat \\\n    a.txt\nhello\n```\n"
        self.assertEqual(self.check(text)[0], 0)

    def test_a_shorter_program_has_its_options_in_place_of_the_callers(self):
        self.write_program("build/bin/show", "echo $@ >>shown")
        block = "```\n$ for x in 1 2; do show --n 9 --m $x --n 8; done\nnot compared\n```\n"
        text = f"<!-- shorter: show --n 1 --k 2 -->\n{block}\n```\n$ show --n 9\n$ cat shown\n--m 1 --n 1 --k 2\n--m 2 --n 1 --k 2\n--n 9\n```\n"
        self.assertEqual(self.check(text), (0, "page.md: 3 commands run, 0 not run\n"))
        self.assertEqual(self.check("<!-- shorter: show --n 1 -->\n```\n$ show && false\n```\n")[0], 1)

    def test_a_copy_stands_in_for_the_readers_file(self):
        (self.folder / "sample").write_text("text\n")
        self.assertEqual(self.check("<!-- copy: sample mine -->\n```\n$ cat mine\ntext\n```\n")[0], 0)

    def test_what_a_command_names_exists_though_it_is_not_run(self):
        (self.folder / "CMakePresets.json").write_text(
            '{"configurePresets": [{"name": "dev"}], "buildPresets": [], "testPresets": []}')
        (self.folder / "CMakeLists.txt").write_text("option(LUQSIM_A OFF)\nadd_custom_target(area)  # the\nset_tests_properties(x PROPERTIES LABELS \"rtl;fuzz\")\n")
        (self.folder / "run.sh").touch()
        for command, missing in (("cmake --preset dev -DLUQSIM_A=ON -DX=1 && ./run.sh # a comment's", None),
                                 ("cmake --build build --target area", None),
                                 ("cmake --build build --target aria", "target aria"), ("ctest -L none", "label none"),
                                 ("ctest -L the", "label the"), ("ctest -L fuzz", None), ("ctest -L area", "label area"),
                                 ("cmake --preset def", "preset def"), ("cmake --preset dev -DLUQSIM_B=1", "option LUQSIM_B"),
                                 ("python3 tools/run.py", "file tools/run.py")):
            status, printed = self.check(f"<!-- long: minutes -->\n```\n$ {command}\n```\n")
            self.assertEqual(status, 1 if missing else 77, printed)
            if missing:
                self.assertIn(f"there is no {missing}\n", printed)

    def test_long_commands_run_in_a_clone_of_the_last_commit_after_the_first_command_of_the_readme(self):
        block = "<!-- long: hours -->\n```\n$ cat built; ls page.md\nby run\npage.md\n```\n\n"
        other = "```\n$ false\n```\n\n<!-- file: page.md -->\n```\n```\n"
        self.assertEqual(self.check(block, long=True)[0], 77)
        self.write_program("luqsim.sh", "echo by $1 >built")
        git = ("git", "-C", self.folder, "-c", "user.name=a", "-c", "user.email=a@b")
        for arguments in (("init", "--quiet"), ("add", "page.md", "luqsim.sh"), ("commit", "--quiet", "--message=a")):
            subprocess.run([*git, *arguments], check=True)
        self.assertEqual(self.check(block + other, long=True), (0, "page.md: 1 commands run, 0 not run\n"))
        self.assertEqual(self.check(block.replace("by run", "by test"), long=True)[0], 1)
        self.assertEqual(self.check(other, long=True)[0], 77)
        subprocess.run([*git, "rm", "--quiet", "--force", "page.md"], check=True)
        subprocess.run([*git, "commit", "--quiet", "--message=b"], check=True)
        self.assertEqual(self.check(block, long=True)[0], 1)

    def test_commands_that_a_file_runs_stand_in_it(self):
        (self.folder / "run").write_text("set -e\n./a.sh x --y\n")
        for command, status in (("./a.sh x", 77), ("./a.sh y", 1)):
            self.assertEqual(self.check(f"<!-- run by: run -->\n```\n$ {command}\n```\n")[0], status)

    def test_a_shorter_program_of_the_source_tree(self):
        self.write_program("tests/show.sh", "echo $@ >shown")
        text = "<!-- shorter: tests/show.sh --n 1 --small -->\n```\n$ tests/show.sh a --n 5\n```\n\n```\n$ cat shown\na --n 1 --small\n```\n"
        self.assertEqual(self.check(text)[0], 0)

    def test_marks_hold_for_the_next_block_alone(self):
        self.assertEqual(self.check("<!-- long: hours -->\n```\n$ false\n```\n\n```\n$ false\n```\n")[0], 1)
        self.assertEqual(self.check("<!-- long: hours -->\ntext\n```\n$ false\n```\n")[0], 1)

    def test_dates_revisions_and_devices_may_differ(self):
        shown, real = "recorded on cpu (A), 2026-01-02, revision 1234567", "recorded on cpu (B), 2027-03-04, revision abcdef0-dirty"
        self.assertEqual(self.check(f"```\n$ echo '{real}'\n{shown}\n```\n")[0], 0)
        self.assertEqual(self.check(f"```\n$ echo '{real}'\n{shown.replace('cpu', 'cuda')}\n```\n")[0], 1)

    def test_update_writes_what_differs(self):
        self.check("```\n$ seq 2\n7\n$ seq 1\n1\n```\n", update=True)
        self.assertEqual((self.folder / "page.md").read_text(), "```\n$ seq 2\n1\n2\n$ seq 1\n1\n```\n")


if __name__ == "__main__":
    unittest.main()
