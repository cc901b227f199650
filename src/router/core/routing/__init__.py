"""To whom a conversation goes: groups and their hours, routing rules, distribution, and what is missed."""
