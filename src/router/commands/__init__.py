"""What can be typed after `router`; `__main__` gives each function its name."""
