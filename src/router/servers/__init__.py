"""What calls us: the sockets of visitors and agents, and HTTP."""
