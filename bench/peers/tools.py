"""The programs that are compared: the command lines of each step.

All three encrypt, deduplicate, and compress with Zstandard's level 3 (restic's "auto" is that).
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

PASSPHRASE = "bench"

Command = Sequence[str]


class Tool(ABC):
    """A backup program with a repository of its own in `place`."""

    name: str

    def __init__(self, place: Path) -> None:
        self.place = place
        self.repository = place / "repository"

    @property
    def environment(self) -> dict[str, str]:
        """What the program finds its repository and its secret by."""
        return {}

    @abstractmethod
    def init(self) -> Command:
        """Make the repository; not measured."""

    @abstractmethod
    def steps(self, data: Path, out: Path) -> dict[str, list[Command]]:
        """The commands of each measured step, by the names of `STEPS`."""

    def version(self) -> str:
        """What the table says of the program."""
        return self.name


STEPS = ("initial", "unchanged", "day 2", "restore", "quick check", "full check", "prune")


class Dropally(Tool):
    """The store library, driven by `bench.store_folder`."""

    name = "dropally"

    def __init__(self, place: Path, profile: Path | None = None) -> None:
        """`profile`: a file into which each step writes where its CPU seconds went."""
        super().__init__(place)
        self._profile = [] if profile is None else ["--profile", str(profile)]

    def _command(self, step: str, *more: str) -> Command:
        module = [sys.executable, "-m", "bench.store_folder", step]
        return [*module, "--repo", str(self.place / "dropally"), *self._profile, *more]

    def init(self) -> Command:
        """A repository with a key file."""
        self.repository = self.place / "dropally" / "repository"
        return self._command("init")

    def steps(self, data: Path, out: Path) -> dict[str, list[Command]]:
        """One process a step."""
        backup = [self._command("backup", "--data", str(data))]
        return {
            "initial": backup,
            "unchanged": backup,
            "day 2": backup,
            "restore": [self._command("restore", "--out", str(out))],
            "quick check": [self._command("check-quick")],
            "full check": [self._command("check-full")],
            "prune": [self._command("prune")],
        }


class Peer(Tool):
    """A program of somebody else."""

    def __init__(self, place: Path, program: Path) -> None:
        super().__init__(place)
        self._program = str(program)


class Restic(Peer):
    """https://restic.net, its repository format 2."""

    name = "restic"

    @property
    def environment(self) -> dict[str, str]:
        """Its repository, its password, and a cache that is not the machine's."""
        return {
            "RESTIC_REPOSITORY": str(self.repository),
            "RESTIC_PASSWORD": PASSPHRASE,
            "RESTIC_CACHE_DIR": str(self.place / "cache"),
        }

    def _command(self, *arguments: str) -> Command:
        return [self._program, "--quiet", *arguments]

    def init(self) -> Command:
        """Version 2 is the one that compresses."""
        return self._command("init", "--repository-version", "2")

    def steps(self, data: Path, out: Path) -> dict[str, list[Command]]:
        """Its defaults throughout."""
        backup = [self._command("backup", str(data))]
        return {
            "initial": backup,
            "unchanged": backup,
            "day 2": backup,
            "restore": [self._command("restore", "latest", "--target", str(out))],
            "quick check": [self._command("check")],
            "full check": [self._command("check", "--read-data")],
            "prune": [self._command("forget", "--keep-last", "1", "--prune")],
        }


class Borg(Peer):
    """https://www.borgbackup.org, version 1."""

    name = "borg"

    @property
    def environment(self) -> dict[str, str]:
        """Its repository, its passphrase, and caches that are not the machine's."""
        return {
            "BORG_REPO": str(self.repository),
            "BORG_PASSPHRASE": PASSPHRASE,
            "BORG_BASE_DIR": str(self.place / "base"),
        }

    def init(self) -> Command:
        """BLAKE2b is the faster of its two ways to name chunks where SHA instructions lack."""
        return [self._program, "init", "--encryption", "repokey-blake2"]

    def _create(self, name: str, data: Path) -> list[Command]:
        return [[self._program, "create", "--compression", "zstd,3", f"::{name}", str(data)]]

    def steps(self, data: Path, out: Path) -> dict[str, list[Command]]:
        """It restores into the folder in which it is started."""
        extract = 'mkdir -p "$1" && cd "$1" && exec "$0" extract ::day2'
        prune = [self._program, "prune", "--keep-last", "1"]
        return {
            "initial": self._create("day1", data),
            "unchanged": self._create("again", data),
            "day 2": self._create("day2", data),
            "restore": [["sh", "-c", extract, self._program, str(out)]],
            "quick check": [[self._program, "check"]],
            "full check": [[self._program, "check", "--verify-data"]],
            "prune": [prune, [self._program, "compact"]],
        }
