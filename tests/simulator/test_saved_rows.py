"""What the accounts part keeps must survive a restart: tables are saved row by row as JSON."""

from dropally.simulator.state.sharing import share_file
from dropally.simulator.state.world import World
from tests.simulator.office import open_office

KEPT = (
    "apps", "grants", "access_tokens", "events", "links", "file_shares", "outsiders", "members",
)  # fmt: skip
Rows = dict[str, object]


def test_links_events_and_shares_come_back_as_they_were() -> None:
    with open_office() as office:
        ann, bob = office.acting_as(office.people.ann), office.people.bob
        item = ann.files_upload(b"x", "/file.txt").id
        ann.sharing_create_shared_link_with_settings("/file.txt")

        def save_and_load(world: World) -> dict[str, tuple[Rows, Rows]]:
            entry = world.find_id(item)
            assert entry is not None
            share_file(world, entry, bob, "viewer")
            again = World()
            pairs = {name: reloaded(world, again, name) for name in KEPT}
            again.close()
            return pairs

        pairs = office.simulator.run(save_and_load)
        token = office.team_token.access_token
    for name, (before, after) in pairs.items():
        assert before, name
        assert after == before, name
    assert token in pairs["access_tokens"][1]


def reloaded(world: World, again: World, name: str) -> tuple[Rows, Rows]:
    """The rows of one table, and what becomes of them through saving and loading."""
    for key in world.tables[name]:
        world.tables[name].put(key, world.tables[name][key])
    for key, row in world.tables[name].drain():
        assert row is not None
        again.tables[name].load(key, row)
    return dict(world.tables[name].items()), dict(again.tables[name].items())
