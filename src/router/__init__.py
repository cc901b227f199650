"""A self-hosted, real-time conversation routing server."""
