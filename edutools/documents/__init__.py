"""What an audit leaves behind: a report, cards for a model and its data, reasons for a refusal, and a log.

All of them are views of one plain dict, what `BiasDetector.to_dict` gives. What a number speaks to in law
stands in `RULES`, with its source; nothing here is legal advice.
"""

from __future__ import annotations

from edutools.documents.cards import Datasheet, ModelCard
from edutools.documents.log import AuditLog
from edutools.documents.reasons import Reasons, adverse_action_reasons
from edutools.documents.reports import Report, report
from edutools.documents.rules import RULES, Rule

__all__ = [
    "RULES",
    "AuditLog",
    "Datasheet",
    "ModelCard",
    "Reasons",
    "Report",
    "Rule",
    "adverse_action_reasons",
    "report",
]
