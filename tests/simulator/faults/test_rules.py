"""Rules select the calls they name, as often as they say."""

import pytest
from dropally.common.errors import UsageError
from dropally.simulator.faults.actions import ACTIONS, parse_rule
from dropally.simulator.faults.rules import CallSite, RuleCounter, RuleSpec

DOWNLOAD = CallSite("files/download", "dbmid:1", "1001", "ann@example.com")


def fired(spec: RuleSpec, calls: int = 10, site: CallSite = DOWNLOAD) -> list[int]:
    """Which of so many calls a rule fires on, the first being 1."""
    rule = RuleCounter(spec)
    return [number for number in range(1, calls + 1) if rule.fires(site)]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (RuleSpec(action="delay", nth=3), [3]),
        (RuleSpec(action="delay", every=4), [4, 8]),
        (RuleSpec(action="delay", count=2), [1, 2]),
        (RuleSpec(action="delay", every=3, count=2), [3, 6]),
        (RuleSpec(action="delay", route="files/*"), list(range(1, 11))),
        (RuleSpec(action="delay", route="team/*"), []),
        (RuleSpec(action="delay", identity="dbmid:1", nth=1), [1]),
        (RuleSpec(action="delay", identity="ann@*", nth=1), [1]),
        (RuleSpec(action="delay", identity="dbmid:2"), []),
        (RuleSpec(action="delay", namespace="1001", nth=2), [2]),
        (RuleSpec(action="delay", namespace="7"), []),
        (RuleSpec(action="delay", probability=0), []),
    ],
)
def test_when_a_rule_fires(spec: RuleSpec, expected: list[int]) -> None:
    assert fired(spec) == expected


def test_chance_is_repeatable() -> None:
    spec = RuleSpec(action="delay", probability=0.5, seed=4)
    assert fired(spec, 200) == fired(spec, 200)
    assert 60 < len(fired(spec, 200)) < 140


def test_every_action_is_read_with_its_defaults() -> None:
    needed = {
        "api_error": {"tags": ["path", "not_found"]},
        "delay": {"seconds": 1},
        "slow_body": {"bytes_per_s": 100},
        "cut_body": {"at": 5},
        "token_bucket": {"calls_per_s": 8},
        "invisible_after_write": {"seconds": 1},
        "restricted_hashes": {"hashes": []},
    }
    for action in ACTIONS:
        rule, _ = parse_rule({"action": action, "args": needed.get(action, {})}, {})
        assert rule.spec.action == action


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"action": "explode"}, "explode"),
        ({"action": "delay", "args": {"second": 1}}, "second"),
        ({"action": "delay", "args": {"seconds": -1}}, "seconds"),
        ({"action": "delay", "often": 3}, "often"),
        ({"action": "cursor_reset", "nth": 0}, "nth"),
        ({"action": "cursor_reset", "probability": 2}, "probability"),
        ({"action": "api_error"}, "tags"),
        ({"route": "*"}, "action"),
        ("delay", "object"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_cause(document: object, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        parse_rule(document, {})
    assert caught.value.hint
