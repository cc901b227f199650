"""Named sets of engagement rules: activation, objectives, and what must be there before one can run."""
