"""The project's scripts without the project, for tests of the scripts.

A copy of them lies in a directory. What they would install, build and run is replaced by programs that do
nothing."""
import os
import shutil
import subprocess

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COPIED = (".ci/run", "deploy", "tests/run", "tests/ctest.sh", "tests/packages.txt", "tests/deploy", "tests/kafka",
          "tests/proof", "tests/sim/run")

# Ahead of the real ones in PATH.
PROGRAMS = ("apt-get", "clang-format-14", "cmake", "ctest", "dpkg-query", "git", "mvn", "ninja", "python3", "shellcheck")
# In the checkout.
PARTS = ("build/release/bin/roomlog", "build/planted/bin/roomlog_sim", "build/fuzz/bin/a_fuzz", "tests/proof/kill_test", "tests/proof/broker_test",
         "tests/proof/power_cut", "tests/proof/corpus_test", "tests/deploy/fresh_machine")


class ScriptsOnly:
    def __init__(self, directory):
        self.root, self.programs = (os.path.join(directory, name) for name in ("checkout", "programs"))
        for name in COPIED:
            path, to = os.path.join(SOURCE, name), os.path.join(self.root, name)
            os.makedirs(os.path.dirname(to), exist_ok=True)
            (shutil.copytree if os.path.isdir(path) else shutil.copy)(path, to)
        for name in (*PROGRAMS, *PARTS):
            self.replace(name)
        self.replace("build/release/bin/roomlog_sim", "echo seeds 1 hours 1 calls 1 records 1 acks 1")
        self.replace("sudo", '"$@"')
        self.replace("dpkg-query", "exit 1")  # it knows none of the packages

    def replace(self, name, does=":"):
        path = os.path.join(self.root if "/" in name else self.programs, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(f"#!/bin/sh\n{does}\n")
        os.chmod(path, 0o755)

    def environment(self):
        return {"PATH": self.programs + ":/usr/bin:/bin", "HOME": self.root}

    def run(self, command):
        if command.endswith(".ci/run"):  # these have tests of their own
            self.replace("tests/proof/run")
            self.replace("tests/sim/run")
            self.replace("tests/deploy/shell_scripts")
        return subprocess.run(command.split(), cwd=self.root, env=self.environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
