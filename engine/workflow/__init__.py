"""The pure process machine: BPMN diagrams in, moves of one instance out; no database, no domain."""

from engine.workflow.coverage import Coverage, play_all, play_examples
from engine.workflow.definition import Definition, Form, Step, check_files, load_definition
from engine.workflow.instance import Instance, Progress
from engine.workflow.known import Known, known_at
from engine.workflow.proof import Proof, prove
from engine.workflow.soundness import Soundness, soundness_of

__all__ = [
    "Coverage",
    "Definition",
    "Form",
    "Instance",
    "Known",
    "Progress",
    "Proof",
    "Soundness",
    "Step",
    "check_files",
    "known_at",
    "load_definition",
    "play_all",
    "play_examples",
    "prove",
    "soundness_of",
]
