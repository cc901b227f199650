"""The shared store: one adapter a port, every atomic change a named Lua script."""
