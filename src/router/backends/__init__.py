"""What we call: the store (Redis or Valkey), the embedded one, and the SQL archive."""
