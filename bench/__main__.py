"""All benchmarks one after the other: `python -m bench [--small]`."""

from __future__ import annotations

import sys

from bench import (
    audit,
    checking,
    desk,
    forecast,
    heat,
    migrating,
    outage,
    rules,
    rules_checking,
    rules_eval,
    rules_trying,
    timers,
    versions,
    workflow_step,
    working_time,
)

for benchmark in (
    workflow_step,
    versions,
    checking,
    rules_eval,
    rules,
    rules_checking,
    heat,
    working_time,
    forecast,
    desk,
    migrating,
    rules_trying,
    timers,
    outage,
    audit,
):
    benchmark.main(sys.argv[1:])
