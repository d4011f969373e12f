"""The tally: an election in, an outcome with reasons out. A pure library: no rounds, no web, no database."""

from pbvote.tally.as_json import outcome_to_json, reason_text
from pbvote.tally.conditions import NO_CONDITIONS, ConditionError, Conditions, Pot
from pbvote.tally.count import ENGINE, tally
from pbvote.tally.election import Ballot, Election, ElectionError, Project, VoteType
from pbvote.tally.outcome import Margins, Outcome, Payment, ProjectOutcome, Rival, Step
from pbvote.tally.pabulib import PabulibError, PabulibFile, read_pabulib, write_pabulib
from pbvote.tally.profile import Profile
from pbvote.tally.reasons import SENTENCES, Reason
from pbvote.tally.rules import RULES, Parameter, ParameterError, Rule
from pbvote.tally.ties import DEFAULT_TIES, Tie, TieOrder, TieRule

__all__ = [
    "DEFAULT_TIES",
    "ENGINE",
    "NO_CONDITIONS",
    "RULES",
    "SENTENCES",
    "Ballot",
    "ConditionError",
    "Conditions",
    "Election",
    "ElectionError",
    "Margins",
    "Outcome",
    "PabulibError",
    "PabulibFile",
    "Parameter",
    "ParameterError",
    "Payment",
    "Pot",
    "Profile",
    "Project",
    "ProjectOutcome",
    "Reason",
    "Rival",
    "Rule",
    "Step",
    "Tie",
    "TieOrder",
    "TieRule",
    "VoteType",
    "outcome_to_json",
    "read_pabulib",
    "reason_text",
    "tally",
    "write_pabulib",
]
