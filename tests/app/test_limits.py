"""What [limits] says of the line, where it is kept."""

import pickle
from pathlib import Path

from dropally.app.direct import Application
from tests.config.files import loaded

LIMITS = '[limits]\nupload = ["4MiB"]\n[[storage]]\nkind = "s3"\nbucket = "b"\n'


def test_buckets_and_dropbox_share_one_limit(tmp_path: Path) -> None:
    app = Application(loaded(tmp_path, LIMITS), {"DROPALLY_PASSPHRASE": "x"})
    throttle = app.throttle
    assert throttle is not None
    assert app.connection_settings.line_limit is throttle
    assert app.repository_handle().throttle is throttle
    carried = pickle.loads(pickle.dumps(app.connection_settings))
    assert carried.line_limit is not None
    free = Application(loaded(tmp_path, ""), {})
    assert free.throttle is None
    assert free.connection_settings.line_limit is None
