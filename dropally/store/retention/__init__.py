"""Which restore points a policy keeps, and why: pure functions on plain values."""

from dropally.store.retention.deciding import Decision, Hold, RetainedPoint, decide
from dropally.store.retention.forecast import ForecastStep, forecast
from dropally.store.retention.policy import Period, Policy, parse_period

__all__ = [
    "Decision",
    "ForecastStep",
    "Hold",
    "Period",
    "Policy",
    "RetainedPoint",
    "decide",
    "forecast",
    "parse_period",
]
