"""A synthetic data set for backup benchmarks: the same seed and scale give the same bytes.

    python -m bench.gen_dataset day1 DIR [--seed 1] [--scale 1.0]   build the tree (2 GiB at scale 1)
    python -m bench.gen_dataset day2 DIR [--seed 1]                 change it in place: a day's work
    python -m bench.gen_dataset digest DIR                          SHA-256 over paths and contents

Each call prints one JSON object (files, bytes, figures by class; day2: what changed) and writes it
beside the tree as DIR.day1.json or DIR.day2.json.

    class    at scale 1.0                                                    bytes     files
    docs     text, csv, json, log of Zipf words; 5 % are exact copies        400 MiB   ~2.5 k
    office   zip files of deflated XML and a picture                         200 MiB   ~400
    media    incompressible, 1 to 48 MiB                                     600 MiB   ~50
    vm       3 images of 4 KiB blocks (zero, text, random); two share a base 600 MiB   3
    small    50,000 files, 10,000 of them in one folder                      ~200 MiB  50 k
"""

import argparse
import array
import hashlib
import io
import json
import math
import os
import random
import shutil
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path

MIB = 1 << 20
BLOCK = 4096
EPOCH = 1_700_000_000
DAY2_TIME = EPOCH + 40_000_000
CONSONANTS = "bcdfghjklmnprstvwz"
VOWELS = ("a", "e", "i", "o", "u", "an", "er", "in", "or")
ZIP_TIME = (2024, 1, 1, 0, 0, 0)
READ_BYTES = 4 * MIB


def rng_for(seed: int, *parts: object) -> random.Random:
    """A generator of its own for each file, so that classes do not depend on each other."""
    text = "|".join(map(str, (seed, *parts)))
    return random.Random(int.from_bytes(hashlib.sha256(text.encode()).digest(), "big"))


def word_table() -> list[bytes]:
    """65,536 slots filled by Zipf weight over 8,000 words: drawing a word is one 16-bit look-up."""
    rng = random.Random(42)
    syllables = [consonant + vowel for consonant in CONSONANTS for vowel in VOWELS]
    words: list[bytes] = []
    seen: set[str] = set()
    while len(words) < 8000:
        word = "".join(rng.choice(syllables) for _ in range(rng.choice((1, 2, 2, 3, 3, 4))))
        if word not in seen:
            seen.add(word)
            words.append(word.encode())
    weights = [1.0 / (rank + 3) for rank in range(len(words))]
    total = sum(weights)
    table: list[bytes] = []
    for word_bytes, weight in zip(words, weights, strict=True):
        table.extend([word_bytes] * max(1, round(65536 * weight / total)))
    table = (table + words)[:65536]
    while len(table) < 65536:
        table.append(words[len(table) % 50])
    return table


TABLE = word_table()


def text(rng: random.Random, size: int) -> bytes:
    """Words, numbers and lines."""
    out: list[bytes] = []
    done = 0
    while done < size:
        count = min(200_000, max(64, (size - done) // 5))
        slots = array.array("H", rng.randbytes(2 * count))
        if sys.byteorder == "big":
            slots.byteswap()
        words = [TABLE[slot] for slot in slots]
        for at in range(11, len(words), 13):
            words[at] = b"%d.\n" % slots[at]
        piece = b" ".join(words)
        out.append(piece)
        done += len(piece) + 1
    return b" ".join(out)[:size]


def lognormal(rng: random.Random, median: int, sigma: float, low: int, high: int) -> int:
    """A size in bytes, between bounds."""
    return int(min(high, max(low, median * math.exp(rng.gauss(0, sigma)))))


def office(rng: random.Random, size: int) -> bytes:
    """A zip of deflated XML (about a third of `size` after deflate) and a picture."""
    buffer = io.BytesIO()
    body = text(rng, max(2000, size)).replace(b"\n", b"</w:t></w:r></w:p><w:p><w:r><w:t>")
    members = (
        ("[Content_Types].xml", b"<Types/>", zipfile.ZIP_DEFLATED),
        ("word/document.xml", b"<w:document>" + body + b"</w:document>", zipfile.ZIP_DEFLATED),
        ("word/media/image1.jpeg", rng.randbytes(max(1000, int(size * 0.62))), zipfile.ZIP_STORED),
    )
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data, kind in members:
            member = zipfile.ZipInfo(name, ZIP_TIME)
            member.compress_type = kind
            archive.writestr(member, data)
    return buffer.getvalue()


def blocks(rng: random.Random, size: int) -> bytes:
    """A disk image: runs of blocks, 20 % zero, 45 % text, 35 % random."""
    out: list[bytes] = []
    done = 0
    while done < size:
        run = min(size - done, BLOCK * rng.randint(4, 256))
        kind = rng.random()
        if kind < 0.20:
            out.append(bytes(run))
        else:
            out.append(text(rng, run) if kind < 0.65 else rng.randbytes(run))
        done += run
    return b"".join(out)


class Tree:
    """The folder that is filled."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.seed = seed

    def put(self, path: str, data: bytes, modified: int | None = None) -> None:
        """Write a file; its time follows from its path unless given."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        digest = hashlib.sha256(path.encode()).digest()
        moment = modified or EPOCH + int.from_bytes(digest[:3], "big")
        os.utime(place, (moment, moment))

    def listing(self, folder: str) -> list[str]:
        """All paths below a folder, sorted."""
        found = (place for place in (self.root / folder).rglob("*") if place.is_file())
        return sorted(str(place.relative_to(self.root)) for place in found)


def add_docs(tree: Tree, scale: float) -> None:
    """Text files, some of them copies of others."""
    want, number = int(400 * MIB * scale), 0
    kept: list[str] = []
    while want > 0:
        rng = rng_for(tree.seed, "docs", number)
        folder = ("reports", "notes", "exports")[number % 3]
        ending = ("txt", "csv", "log", "json")[number % 4]
        path = f"docs/team{number % 24:02d}/{folder}/{2019 + number % 7}/doc{number:05d}.{ending}"
        if kept and rng.random() < 0.05:
            data = (tree.root / rng.choice(kept)).read_bytes()
        else:
            data = text(rng, lognormal(rng, 60_000, 1.2, 500, 20 * MIB))
            kept.append(path)
        tree.put(path, data)
        want -= len(data)
        number += 1


def add_office(tree: Tree, scale: float) -> None:
    """Office files."""
    want, number = int(200 * MIB * scale), 0
    while want > 0:
        rng = rng_for(tree.seed, "office", number)
        data = office(rng, lognormal(rng, 300_000, 0.9, 8_000, 8 * MIB))
        ending = ("docx", "xlsx", "pptx")[number % 3]
        tree.put(f"office/dept{number % 9}/{2020 + number % 5}/file{number:04d}.{ending}", data)
        want -= len(data)
        number += 1


def add_media(tree: Tree, scale: float) -> None:
    """Films and photographs."""
    want, number = int(600 * MIB * scale), 0
    while want > 0:
        rng = rng_for(tree.seed, "media", number)
        data = rng.randbytes(min(lognormal(rng, 9 * MIB, 0.8, MIB, 48 * MIB), max(MIB, want)))
        ending = ("mp4", "jpg", "mov")[number % 3]
        tree.put(f"media/shoot{number % 6}/clip{number:03d}.{ending}", data)
        want -= len(data)
        number += 1


def add_images(tree: Tree, scale: float) -> None:
    """Disk images."""
    base = blocks(rng_for(tree.seed, "vm", "base"), int(96 * MIB * scale) // BLOCK * BLOCK)
    for name in ("vm1", "vm2"):
        own = blocks(rng_for(tree.seed, "vm", name), int(144 * MIB * scale) // BLOCK * BLOCK)
        tree.put(f"vm/{name}.img", base + own)
    database = blocks(rng_for(tree.seed, "vm", "db"), int(120 * MIB * scale) // BLOCK * BLOCK)
    tree.put("vm/db.bin", database)


def add_small(tree: Tree, scale: float) -> None:
    """Many small files."""
    for number in range(int(50_000 * scale)):
        rng = rng_for(tree.seed, "small", number)
        wide = number % 5 == 0
        folder = "small/wide" if wide else f"small/p{number % 20:02d}/q{(number // 20) % 20:02d}"
        ending = ("xml", "js", "eml", "md")[number % 4]
        data = text(rng, lognormal(rng, 1_800, 1.25, 40, 65_536))
        tree.put(f"{folder}/item-{number:06d}.{ending}", data)


def day1(root: Path, seed: int, scale: float) -> None:
    """Build the tree."""
    root.mkdir(parents=True)
    tree = Tree(root, seed)
    for add in (add_docs, add_office, add_media, add_images, add_small):
        add(tree, scale)


class SecondDay:
    """About 2 % of everything changes; and there are renames, copies and insertions.

    One generator is drawn from in a fixed order, so the steps must stay in the order of `run`.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.rng = rng_for(tree.seed, "day2")
        self.changes: Counter[str] = Counter()

    def run(self) -> dict[str, int]:
        """Do all of it; what changed."""
        docs = self.tree.listing("docs")
        self.edit_docs(docs)
        self.save_office()
        self.touch_small()
        self.rename(docs)
        self.change_media()
        self.overwrite_image()
        self.insert_into_image()
        return dict(self.changes)

    def rewrite(self, path: str, data: bytes, fresh_bytes: int, what: str) -> None:
        """A file with new content."""
        self.tree.put(path, data, DAY2_TIME)
        self.changes["new_unique_bytes"] += fresh_bytes
        self.changes["touched_file_bytes"] += len(data)
        self.changes[what] += 1

    def edit_docs(self, docs: list[str]) -> None:
        """Append, insert or overwrite in 2 % of the documents."""
        for path in self.rng.sample(docs, max(1, len(docs) // 50)):
            data = (self.tree.root / path).read_bytes()
            kind = self.rng.choice(("append", "insert", "overwrite"))
            new = text(self.rng, self.rng.randint(40, max(64, len(data) // 20)))
            at = self.rng.randrange(len(data) + 1)
            behind = data[at:] if kind == "insert" else data[at + len(new) :]
            edited = data + new if kind == "append" else data[:at] + new + behind
            self.rewrite(path, edited, len(new), "edited")

    def save_office(self) -> None:
        """A saved office file is new throughout."""
        files = self.tree.listing("office")
        for path in self.rng.sample(files, max(1, len(files) // 50)):
            data = office(self.rng, lognormal(self.rng, 300_000, 0.9, 8_000, 8 * MIB))
            self.rewrite(path, data, len(data), "edited")

    def touch_small(self) -> None:
        """Edit 2 %, delete 0.5 % and add 0.5 % of the small files."""
        files = self.tree.listing("small")
        for number, path in enumerate(self.rng.sample(files, len(files) * 3 // 100)):
            turn = number % 6
            if turn == 4:
                (self.tree.root / path).unlink()
                self.changes["deleted"] += 1
                continue
            data = text(self.rng, lognormal(self.rng, 1_800, 1.25, 40, 65_536))
            added = f"{Path(path).parent}/new-{number:05d}.md"
            place, what = (path, "edited") if turn < 4 else (added, "added")
            self.rewrite(place, data, len(data), what)

    def rename(self, docs: list[str]) -> None:
        """One media folder, and 1 % of the documents."""
        folder = self.tree.root / "media/shoot2"
        if folder.is_dir():
            folder.rename(folder.with_name("shoot2-renamed"))
            self.changes["renamed"] += len(self.tree.listing("media/shoot2-renamed"))
        for path in self.rng.sample(docs, max(1, len(docs) // 100)):
            place = self.tree.root / path
            place.rename(place.with_name(place.name + ".moved"))
            self.changes["renamed"] += 1

    def change_media(self) -> None:
        """Copies, and two new files of 1 % of the class each."""
        media = self.tree.listing("media")
        for path in self.rng.sample(media, min(4, len(media))):
            target = self.tree.root / "media/copies" / Path(path).name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.tree.root / path, target)
            os.utime(target, (DAY2_TIME, DAY2_TIME))
            self.changes["copied"] += 1
        size = sum((self.tree.root / path).stat().st_size for path in self.tree.listing("media"))
        for number in range(2):
            data = self.rng.randbytes(size // 100)
            self.rewrite(f"media/new{number}.mp4", data, len(data), "added")

    def overwrite_image(self) -> None:
        """2 % of an image overwritten in runs of 4 to 64 KiB, half of them close together."""
        place = self.tree.root / "vm/vm1.img"
        size = place.stat().st_size
        left = size // 50
        with place.open("r+b") as image:
            while left > 0:
                run = BLOCK * self.rng.randint(1, 16)
                reach = size // 10 if self.rng.random() < 0.5 else size - run
                image.seek(self.rng.randrange(reach) // BLOCK * BLOCK)
                wordy = self.rng.random() < 0.5
                image.write(text(self.rng, run) if wordy else self.rng.randbytes(run))
                self.changes["new_unique_bytes"] += run
                left -= run
        self.note_image(place)

    def insert_into_image(self) -> None:
        """Three insertions of odd length: everything behind them shifts."""
        place = self.tree.root / "vm/vm2.img"
        data = place.read_bytes()
        for _ in range(3):
            inserted = self.rng.randbytes(self.rng.randint(1, 5000))
            at = self.rng.randrange(len(data))
            data = data[:at] + inserted + data[at:]
            self.changes["new_unique_bytes"] += len(inserted)
        place.write_bytes(data)
        self.note_image(place)

    def note_image(self, place: Path) -> None:
        """Time and figures of a changed image."""
        os.utime(place, (DAY2_TIME, DAY2_TIME))
        self.changes["touched_file_bytes"] += place.stat().st_size
        self.changes["edited"] += 1


def digest(root: Path) -> dict[str, object]:
    """SHA-256 over (path, size, content) of all files, and figures by class."""
    total = hashlib.sha256()
    files = size = 0
    classes: dict[str, list[int]] = {}
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            place = Path(folder) / name
            path = str(place.relative_to(root))
            file_bytes = place.stat().st_size
            total.update(f"{path}\0{file_bytes}\0{file_digest(place)}\n".encode())
            files += 1
            size += file_bytes
            figures = classes.setdefault(path.split("/", maxsplit=1)[0], [0, 0])
            figures[0] += 1
            figures[1] += file_bytes
    return {"files": files, "bytes": size, "classes": classes, "digest": total.hexdigest()}


def file_digest(place: Path) -> str:
    """SHA-256 of a file's content."""
    content = hashlib.sha256()
    with place.open("rb") as file:
        while piece := file.read(READ_BYTES):
            content.update(piece)
    return content.hexdigest()


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("day1", "day2", "digest"))
    parser.add_argument("dir", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0)
    args = parser.parse_args()
    start = time.monotonic()
    report: dict[str, object] = {"what": args.what, "seed": args.seed}
    if args.what == "day1":
        day1(args.dir, args.seed, args.scale)
        report["scale"] = args.scale
    elif args.what == "day2":
        report["changes"] = SecondDay(Tree(args.dir, args.seed)).run()
    report |= digest(args.dir)
    report["seconds"] = round(time.monotonic() - start, 1)
    if args.what != "digest":
        beside = args.dir.with_name(f"{args.dir.name}.{args.what}.json")
        beside.write_text(json.dumps(report, indent=1))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
