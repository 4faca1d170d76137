"""Pages for customers: what they asked for, what it waits for, and asking for something new."""
