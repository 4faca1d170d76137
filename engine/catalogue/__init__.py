"""What a desk is made of: queues, states, types, services, offers, processes, rules."""
