"""Export: a restore point's files into a folder on a local or mounted disk."""

from dropally.jobs.export.names import original_name
from dropally.jobs.export.run import run
from dropally.jobs.export.work import ExportProblem, ExportResult, ExportWork, Renamed

__all__ = ["ExportProblem", "ExportResult", "ExportWork", "Renamed", "original_name", "run"]
