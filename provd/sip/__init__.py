"""SIP (RFC 3261) as far as a provisioning server needs it: messages, read and written.

Pure: bytes in, bytes out; no socket, no clock, no thread. It must not know phones, settings, or why
a message is sent.
"""
