"""Exit codes, the same for every command."""

OK = 0
PROBLEMS = 1  # it could not be done as asked; the sentence on standard error says why
UNREADABLE = 2  # input that cannot be read, or a command that was called wrongly
DEFECT = 70  # a defect of ours; the log has the details
TEMPORARY = 75  # try again later: mail servers then keep the message (sysexits' EX_TEMPFAIL)
INTERRUPTED = 130
