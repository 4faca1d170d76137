"""What a desk is made of: queues, states, priorities, types, services, SLAs, offers, processes, rules."""
