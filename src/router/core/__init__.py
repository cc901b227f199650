"""What may happen, decided by pure functions: no clock, no chance, no input or output."""
