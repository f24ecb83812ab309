"""Used space: of ordinary homes, and of generated ones that nobody wants to walk."""

import pytest
from dropally.simulator import start_simulator
from dropally.simulator.state import edits
from dropally.simulator.state.edits import FileContent
from dropally.simulator.state.usage import namespace_size
from dropally.simulator.state.world import World


def put(world: World, ns: str, path: str, data: bytes) -> None:
    """Write a file."""
    digest = world.contents.add(data)
    edits.put_file(world, ns, path, FileContent(size=len(data), content_hash=digest))


def test_generated_home_counts_as_a_whole_and_with_what_was_written() -> None:
    with start_simulator(team="virtual:members=1,files=2000,seed=3,size=1K-64K") as simulator:

        def measure(world: World) -> tuple[int, int, int]:
            home = next(iter(world.members.values())).home_namespace
            walked = sum(entry.size for entry in world.trees[home].walk(""))
            told = namespace_size(world, home)
            put(world, home, "/new.bin", b"x" * 1000)
            put(world, home, "/gone.bin", b"x" * 50)
            edits.delete(world, home, "/gone.bin")
            return walked, told, namespace_size(world, home)

        walked, told, later = simulator.run(measure)
    assert told == pytest.approx(walked, rel=0.1)
    assert later - told == 1000
