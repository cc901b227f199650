"""WebSockets of visitors and agents: transport, outbox, and the reading of each message."""
