"""What crosses the wire: the messages of visitors and agents as tagged structs, and how they are read and written."""
