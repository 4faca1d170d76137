"""What must happen outside, remembered in the same transaction as the change that asked for it."""
