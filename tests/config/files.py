"""Writing the file that a test reads."""

from pathlib import Path

from dropally.config import Config, load_config


def write(folder: Path, text: str) -> Path:
    """A dropally.toml with this text."""
    path = folder / "dropally.toml"
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str, **environ: str) -> Config:
    """The settings of this text and environment."""
    return load_config(write(folder, text), environ).config
