"""Nothing is lost: what has to hold of every row and file, as questions that find what does not.

Every open ticket has somebody or something that moves it next, every promised time has its timer,
every row beside a process belongs to what the process waits for, every message has its outcome,
every file its bytes. `looking` walks and asks, `ledger` keeps what was found, `repairing` mends.
"""
