"""What is decided: rules kept as data, compiled for durable_rules, watched by a plain oracle."""

from engine.rules.check import check_folder, check_paths
from engine.rules.document import parse_ruleset
from engine.rules.explain import asked, clauses, explain, found
from engine.rules.probe import build_checked
from engine.rules.release import (
    Decision,
    Evaluation,
    Release,
    compile_release,
    digest_of,
    preview_release,
)
from engine.rules.ruleset import Ruleset
from engine.rules.vocabulary import Vocabulary, load_vocabulary, vocabulary_of
from engine.rules.why_not import Asked, WhyNot

__all__ = [
    "Asked",
    "Decision",
    "Evaluation",
    "Release",
    "Ruleset",
    "Vocabulary",
    "WhyNot",
    "asked",
    "build_checked",
    "check_folder",
    "check_paths",
    "clauses",
    "compile_release",
    "digest_of",
    "explain",
    "found",
    "load_vocabulary",
    "parse_ruleset",
    "preview_release",
    "vocabulary_of",
]
