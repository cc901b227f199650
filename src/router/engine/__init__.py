"""The only place that holds state and awaits: what is decided in the core happens here."""
