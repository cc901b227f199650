"""A web server's log turned into visitors who browse, and agents who answer: a client that speaks the wire contract."""
