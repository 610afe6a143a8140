"""What the tests share: a recording upstream, a gateway in a process or in a thread, pictures."""
