"""All benchmarks one after the other: `python -m bench [--small]`."""

from __future__ import annotations

import sys

from bench import checking, desk, heat, migrating, rules, rules_eval, versions, workflow_step

for benchmark in (workflow_step, versions, checking, rules_eval, rules, heat, desk, migrating):
    benchmark.main(sys.argv[1:])
