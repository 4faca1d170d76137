"""The pure process machine: BPMN diagrams in, moves of one instance out; no database, no domain."""
