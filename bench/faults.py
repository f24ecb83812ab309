"""Back up the sample team while 5 % of everything goes wrong, and compare with the truth.

    python -m bench.faults FOLDER [--percent 5] [--seed 1] [--processes 1]

Each kind of fault gets its own rule with this probability, all at once. The backup must end
complete: whatever Dropbox would hand out is there, byte for byte, and nothing was asked for while
Dropbox said wait.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from bench import rig, truth

READS = "files/*"
DOWNLOADS = "files/download"
LISTINGS = "files/list_folder*"

RULES: list[dict[str, Any]] = [
    {"action": "rate_limit", "args": {"retry_after": 1, "shape": "json"}},
    {"action": "rate_limit", "args": {"retry_after": 1, "shape": "json_header_only"}},
    {"action": "rate_limit", "args": {"retry_after": 1, "shape": "text"}},
    {"action": "rate_limit", "args": {"retry_after": 1, "shape": "text_header"}},
    {"action": "server_error", "args": {"status": 500}},
    {"action": "server_error", "args": {"status": 502}},
    {"action": "server_error", "args": {"status": 503, "retry_after": 1}},
    {"action": "drop_connection", "args": {"when": "before"}},
    {"action": "drop_connection", "args": {"when": "after"}},
    {"action": "expired_token"},
    {"action": "delay", "args": {"seconds": 0.1}},
    {"action": "cut_body", "route": DOWNLOADS, "args": {"at": 700, "keep_length": True}},
    {"action": "cut_body", "route": DOWNLOADS, "args": {"at": 700, "keep_length": False}},
    {"action": "wrong_bytes", "route": DOWNLOADS},
    {"action": "gzip_body", "route": DOWNLOADS},
    {"action": "slow_body", "route": DOWNLOADS, "args": {"bytes_per_s": 200_000}},
    {"action": "wrong_hash", "route": DOWNLOADS},
    {"action": "wrong_size", "route": DOWNLOADS},
    {"action": "cursor_reset", "route": "files/list_folder/continue"},
    {"action": "empty_page", "route": LISTINGS},
    {"action": "duplicate_entries", "route": LISTINGS},
    {"action": "children_first", "route": LISTINGS},
    {"action": "export_retry", "route": "files/export"},
]


def main() -> None:
    """Print seconds, faults served, calls and mismatches; exits with 1 when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--percent", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    with rig.simulated_team(options.folder, "sample") as team:
        config = rig.set_up_dropally(options.folder, team)
        team.compute_content_hashes()
        team.reset_metrics()
        team.control("faults", with_probability(options.percent / 100, options.seed))
        done = rig.dropally(config, "backup", "--json", "--processes", str(options.processes))
        metrics = team.metrics()
        team.control("faults", method="DELETE")
        compared = truth.compare_latest(config, team)
    served = sum(metrics["faults"].values())
    print(
        f"{len(RULES)} rules of {options.percent} % each: {served:,} faults in {metrics['calls']:,} calls"
    )
    print(f"  {json.dumps(metrics['faults'])}")
    print(f"  backup ended with {done.exit_code} after {done.wall_s:.1f} s, CPU {done.cpu_s:.1f} s")
    print(
        f"  calls made while told to wait: {metrics['calls_while_told_to_wait']}"
        f" (the latest {metrics['latest_call_after_told_s']} s after the word)"
    )
    print(
        f"  {compared.files:,} files compared, {compared.bytes_read:,} bytes read back, "
        f"{compared.without_content} that Dropbox hands out to nobody, "
        f"{len(compared.mismatches)} mismatches"
    )
    if compared.mismatches or metrics["calls_while_told_to_wait"]:
        sys.exit("\n".join(compared.mismatches[:20]) or "impolite")
    shutil.rmtree(options.folder)


def with_probability(probability: float, seed: int) -> list[dict[str, Any]]:
    """The rules, each with a seed of its own, so that a run can be repeated."""
    return [
        {"route": READS, **rule, "probability": probability, "seed": seed * 1000 + number}
        for number, rule in enumerate(RULES)
    ]


if __name__ == "__main__":
    main()
