"""How fast the desk is: one command per benchmark, `python -m bench` runs them all.

What is measured is always told beside something bare that was measured in the same run on the same
machine, because a ratio travels better than a number of seconds.
"""
