"""HTTP, a file a resource."""
