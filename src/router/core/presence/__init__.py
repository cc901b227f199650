"""Who is there to answer: agents, their status, and whether a group is free, busy or absent."""
