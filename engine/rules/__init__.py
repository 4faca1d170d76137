"""What is decided: rules kept as data, compiled for durable_rules, watched by a plain oracle."""

from engine.rules.check import check_folder, check_paths
from engine.rules.document import parse_ruleset
from engine.rules.explain import asked, explain
from engine.rules.probe import build_checked
from engine.rules.release import (
    Decision,
    Evaluation,
    Release,
    compile_release,
    preview_release,
)
from engine.rules.ruleset import Ruleset
from engine.rules.vocabulary import Vocabulary, load_vocabulary, vocabulary_of

__all__ = [
    "Decision",
    "Evaluation",
    "Release",
    "Ruleset",
    "Vocabulary",
    "asked",
    "build_checked",
    "check_folder",
    "check_paths",
    "compile_release",
    "explain",
    "load_vocabulary",
    "parse_ruleset",
    "preview_release",
    "vocabulary_of",
]
