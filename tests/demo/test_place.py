"""The folder of a demo."""

import socket
from pathlib import Path

import pytest
from dropally.common.errors import UsageError
from dropally.config import load_config
from dropally.demo.place import free_port, open_place


def test_its_configuration_has_no_mistakes(tmp_path: Path) -> None:
    place = open_place(tmp_path)
    place.write_config(dropbox_url="http://127.0.0.1:9", port=8480)
    config = load_config(place.config, {}).config
    assert config.server.tls == "off"
    assert config.paths.data == tmp_path / "data"


def test_who_signs_in_stays_the_same(tmp_path: Path) -> None:
    first = open_place(tmp_path)
    first.note_lived()
    assert open_place(tmp_path).sign_in == first.sign_in


def test_an_interrupted_demo_is_not_gone_on_with(tmp_path: Path) -> None:
    open_place(tmp_path)
    with pytest.raises(UsageError, match="interrupted"):
        open_place(tmp_path)


def test_a_port_that_is_taken_is_refused_if_it_was_asked_for() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        with pytest.raises(UsageError, match="taken"):
            free_port(taken)
    assert free_port(None) > 0
