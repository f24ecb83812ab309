"""`catalog.db`: what was where, and when. All of it can be read again from the repositories.

Every path of a namespace has one row in `item`, which also holds what the item is like now
(`first` NULL: it is not there now). Each version that has ended is a row of `past`. A version is
seen from the snapshot `first` on, until the snapshot `until`, which does not have it any more.
Snapshots are numbered in the order in which they were recorded, so that both are plain numbers
and any folder at any snapshot is an index scan.

`total` holds what is below each folder, a row for every snapshot that changed something there: it
answers sizes at any date, and leads to what differs between two dates.

Rosters are temporal as well: who was in the team, what was mounted where and which snapshot each
namespace had is kept from restore point to restore point, only where it changes.
"""

from pathlib import Path

import sqlite_utils
from sqlite_utils.migrations import Migrations

from dropally.catalog.database_file import DatabaseFile, Layout

FILE_NAME = "catalog.db"
OPEN_END = (1 << 31) - 1
"""`until` of what has not ended."""

SAME_PATH = "past.parent = item.parent AND past.is_file IN (0, 1) AND past.key = item.key"
"""How `past` is joined to `item`: by past_name. An index by item would be one more to change."""

_CHECKED_BYTES = 256 << 20
_CACHE_KIB = 64 << 10
_WHEN_DAMAGED = "stop Dropally, delete the file and start it again: the catalog is rebuilt"
_HISTORY = Migrations("history")

_SNAPSHOTS = """
CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL UNIQUE,
  root INTEGER NOT NULL              -- the item that stands for the namespace itself
) STRICT;
CREATE TABLE snapshot (
  number INTEGER PRIMARY KEY,        -- order of recording; grows within a source
  source INTEGER NOT NULL REFERENCES source,
  id TEXT NOT NULL UNIQUE,           -- its name in the repository
  time INTEGER NOT NULL,             -- microseconds since 1970, UTC
  complete INTEGER NOT NULL DEFAULT 0,
  added INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 0,
  removed INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX snapshot_source ON snapshot (source, number);
"""
_ITEMS = """
CREATE TABLE author (id INTEGER PRIMARY KEY, account TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE item (
  id INTEGER PRIMARY KEY,
  parent INTEGER NOT NULL,           -- item of the folder; 0 for a namespace's root
  key TEXT NOT NULL,                 -- last part of the path as the server lower-cases it
  first INTEGER,                     -- NULL: not there now
  is_file INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  name TEXT,                         -- NULL: equal to key
  size INTEGER NOT NULL,
  modified INTEGER,
  author INTEGER,
  content INTEGER,
  mount TEXT,
  failure TEXT
) STRICT;
CREATE INDEX item_name ON item (parent, is_file, key) WHERE first IS NOT NULL;
CREATE INDEX item_size ON item (parent, size) WHERE first IS NOT NULL AND is_file = 1;
CREATE INDEX item_modified ON item (parent, modified) WHERE first IS NOT NULL AND is_file = 1;
CREATE INDEX item_first ON item (parent, first) WHERE first IS NOT NULL;
CREATE INDEX item_gone ON item (parent, key) WHERE first IS NULL;
CREATE TABLE past (
  id INTEGER PRIMARY KEY,
  item INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  key TEXT NOT NULL,
  first INTEGER NOT NULL,
  until INTEGER NOT NULL,
  is_file INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  name TEXT,
  size INTEGER NOT NULL,
  modified INTEGER,
  author INTEGER,
  content INTEGER,
  mount TEXT,
  failure TEXT
) STRICT;
CREATE INDEX past_name ON past (parent, is_file, key, first, until);
CREATE INDEX past_size ON past (parent, size, item, first, until) WHERE is_file = 1;
CREATE INDEX past_modified ON past (parent, modified, item, first, until) WHERE is_file = 1;
CREATE INDEX past_first ON past (parent, first);
CREATE INDEX past_until ON past (parent, until);
CREATE TABLE mounted (               -- items where something is, or once was, mounted
  root INTEGER NOT NULL,
  item INTEGER NOT NULL,
  PRIMARY KEY (root, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE total (
  item INTEGER NOT NULL,
  first INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  files INTEGER NOT NULL,
  folders INTEGER NOT NULL,
  size INTEGER NOT NULL,
  PRIMARY KEY (item, first)
) STRICT, WITHOUT ROWID;
CREATE INDEX total_parent ON total (parent, first);
"""
_POINTS = """
CREATE TABLE team (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE point (
  number INTEGER PRIMARY KEY,        -- order of recording; grows within a team
  team INTEGER NOT NULL REFERENCES team,
  id TEXT NOT NULL UNIQUE,
  time INTEGER NOT NULL,
  labels TEXT NOT NULL               -- JSON
) STRICT;
CREATE INDEX point_time ON point (team, time);
CREATE TABLE presence (
  team INTEGER NOT NULL REFERENCES team,
  source INTEGER NOT NULL REFERENCES source,
  snapshot INTEGER NOT NULL,
  first INTEGER NOT NULL,            -- from this point on, until that one
  until INTEGER NOT NULL,
  PRIMARY KEY (team, source, first)
) STRICT, WITHOUT ROWID;
CREATE INDEX presence_snapshot ON presence (source, snapshot);
CREATE TABLE entity (
  team INTEGER NOT NULL REFERENCES team,
  namespace TEXT NOT NULL,
  first INTEGER NOT NULL,
  until INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  member TEXT NOT NULL,              -- Dropbox's id of the member, "" for folders
  PRIMARY KEY (team, namespace, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE mount (
  team INTEGER NOT NULL REFERENCES team,
  member TEXT NOT NULL,
  path TEXT NOT NULL,                -- as the server lower-cases it
  first INTEGER NOT NULL,
  until INTEGER NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (team, member, path, first)
) STRICT, WITHOUT ROWID;
CREATE INDEX mount_namespace ON mount (team, namespace);
"""


@_HISTORY()
def m001_create(database: sqlite_utils.Database) -> None:
    """Snapshots, items and restore points."""
    for script in (_SNAPSHOTS, _ITEMS, _POINTS):
        database.executescript(script)


def open_history(data_dir: Path) -> DatabaseFile:
    """Open or create `catalog.db` in the data folder. Raises DatabaseFaultError."""
    layout = Layout(
        (_HISTORY,),
        _WHEN_DAMAGED,
        is_rebuildable=True,
        checked_bytes=_CHECKED_BYTES,
        cache_kib=_CACHE_KIB,
    )
    return DatabaseFile(data_dir / FILE_NAME, layout)
