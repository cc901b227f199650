"""SQL: accounts, configuration with its versions, keys."""
