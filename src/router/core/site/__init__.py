"""A whole site: the document that people write, its problems, and the compiled site that the engine runs."""
