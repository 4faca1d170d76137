"""The pure process machine: BPMN diagrams in, moves of one instance out; no database, no domain."""

from engine.workflow.definition import Definition, Form, Step, check_files, load_definition
from engine.workflow.instance import Instance, Progress
from engine.workflow.scenario import play_examples

__all__ = [
    "Definition",
    "Form",
    "Instance",
    "Progress",
    "Step",
    "check_files",
    "load_definition",
    "play_examples",
]
