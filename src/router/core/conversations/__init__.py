"""Conversations: their lifecycle, their messages and their times."""
