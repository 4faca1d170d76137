"""Every change of the desk: one function per verb, the same behind every door."""
