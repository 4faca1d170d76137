"""Every way a message comes in or goes out: bytes on one side, one plain shape on the other."""
