"""Visitors, their visits and pages, where they came from and what they use."""
