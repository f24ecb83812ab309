"""Get restic from Debian and borg from PyPI into a folder, without touching the machine's own.

Debian's newest restic is a single program, unpacked from its package and not installed. Borg is
built by pip: that needs a C compiler and the headers of OpenSSL, lz4, zstd, xxHash and ACLs.
"""

import shutil
import subprocess
import sys
from pathlib import Path

BORG = "borgbackup==1.4.5"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITE = "sid"
SOURCE = f"deb [signed-by={KEYRING}] http://deb.debian.org/debian {SUITE} main\n"


def find_restic(tools: Path) -> Path | None:
    """The restic that was got, or else the machine's."""
    return _find(tools / "restic" / "usr" / "bin" / "restic", "restic")


def find_borg(tools: Path) -> Path | None:
    """The borg that was got, or else the machine's."""
    return _find(tools / "borg" / "bin" / "borg", "borg")


def install(tools: Path) -> None:
    """Get what is not there yet. Raises `CalledProcessError`."""
    tools.mkdir(parents=True, exist_ok=True)
    if not (tools / "restic").exists():
        _get_restic(tools)
    if not (tools / "borg").exists():
        subprocess.run([sys.executable, "-m", "venv", str(tools / "borg")], check=True)
        subprocess.run([str(tools / "borg/bin/pip"), "install", "--quiet", BORG], check=True)


def _get_restic(tools: Path) -> None:
    """Download the package with apt, which checks Debian's signatures, and unpack it."""
    apt = tools / "apt"
    for folder in ("lists/partial", "archives/partial"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    (apt / "sources.list").write_text(SOURCE)
    options = {
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State": apt,
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": apt,
    }
    settings = [text for name, value in options.items() for text in ("-o", f"{name}={value}")]
    for arguments in (["update"], ["download", "restic"]):
        subprocess.run(["apt-get", "--quiet=2", *settings, *arguments], cwd=apt, check=True)
    (package,) = apt.glob("restic_*.deb")
    subprocess.run(["dpkg", "-x", str(package), str(tools / "restic")], check=True)


def _find(got: Path, name: str) -> Path | None:
    if got.exists():
        return got
    found = shutil.which(name)
    return Path(found) if found else None
