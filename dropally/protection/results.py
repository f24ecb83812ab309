"""From what a run did to namespaces to how each entity fared."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from dropally.catalog.entity_runs import RunResult, RunTarget
from dropally.dropbox_api import Roster
from dropally.jobs.backup import NamespaceOutcome, TeamBackupReport
from dropally.jobs.runner import ItemOutcome, OutcomeStatus
from dropally.protection.found import find_mounts

CHANGES = ("added", "changed", "deleted")
_MOST_ITEMS = 1000
_SUB_SERVICES = {
    "member": "Members",
    "team folder": "Team folders",
    "shared folder": "Shared folders",
    "app folder": "App folders",
}


def results_of(
    found: Sequence[RunTarget], report: TeamBackupReport, roster: Roster
) -> Iterator[RunResult]:
    """One result for each entity of a run.

    A member is backed up if the home is; folders mounted there that could not be read are
    told with the member too, since that is where people look for them.
    """
    outcomes = {outcome.namespace: outcome for outcome in report.outcomes}
    problems = Counter(problem.namespace for problem in report.problems)
    mounted = _mounted_troubles(outcomes, problems, roster)
    for target in found:
        outcome = outcomes.get(target.namespace)
        if outcome is None:
            continue
        brought = mounted[target.identity] if target.kind == "member" else ()
        failed = [one for one in (outcome, *brought) if one.status == "failed"]
        yield RunResult(
            id=target.id,
            is_backed_up=outcome.status != "failed",
            files=outcome.stats.get("files", 0),
            folders=outcome.stats.get("folders", 0),
            bytes=outcome.stats.get("bytes", 0),
            problems=sum(problems[one.namespace] for one in (outcome, *brought)),
            error=_words(target, failed),
            hint=failed[0].hint if failed else "",
        )


def items_of(found: Sequence[RunTarget], report: TeamBackupReport) -> list[ItemOutcome]:
    """What the activity shows: entities that changed or went wrong, the first thousand of them.

    A quiet night of a large team is one row for the run, not one for each member.
    """
    outcomes = {outcome.namespace: outcome for outcome in report.outcomes}
    items: list[ItemOutcome] = []
    for target in found:
        outcome = outcomes.get(target.namespace)
        if outcome is None or (outcome.status == "unchanged" and not outcome.problems):
            continue
        items.append(
            ItemOutcome(
                item=target.name,
                status=_status(outcome),
                entity_id=target.id,
                sub_service=_SUB_SERVICES[target.kind],
                message=outcome.error or _changes(outcome),
            )
        )
        if len(items) == _MOST_ITEMS:
            break
    return items


def _status(outcome: NamespaceOutcome) -> OutcomeStatus:
    if outcome.status == "failed":
        return "failed"
    return "partially_succeeded" if outcome.problems else "succeeded"


def _changes(outcome: NamespaceOutcome) -> str:
    words = [f"{outcome.stats[name]:,} {name}" for name in CHANGES if outcome.stats.get(name, 0)]
    if outcome.problems:
        words.append(f"{len(outcome.problems):,} without content")
    return ", ".join(words)


def _mounted_troubles(
    outcomes: dict[str, NamespaceOutcome], problems: Counter[str], roster: Roster
) -> defaultdict[str, list[NamespaceOutcome]]:
    """Member -> the outcomes of mounted folders in which something went wrong; mostly nothing."""
    troubled = {
        namespace: outcome
        for namespace, outcome in outcomes.items()
        if outcome.status == "failed" or problems[namespace]
    }
    found: defaultdict[str, list[NamespaceOutcome]] = defaultdict(list)
    if troubled:
        for namespace, member in find_mounts(roster):
            if namespace in troubled:
                found[member].append(troubled[namespace])
    return found


def _words(target: RunTarget, failed: Sequence[NamespaceOutcome]) -> str:
    return "; ".join(
        outcome.error
        if outcome.namespace == target.namespace
        else f"{outcome.name}: {outcome.error}"
        for outcome in failed
    )
