"""A model in use: counts over time in a file, gaps between groups, alerts with known false alarms."""

from edutools.monitoring.monitor import Monitor, Receipt
from edutools.monitoring.power import power

__all__ = ["Monitor", "Receipt", "power"]
