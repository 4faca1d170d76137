"""The agents' rooms: today, queues, tickets, and everything one does to a ticket."""
