"""SIP (RFC 3261) as far as a provisioning server needs it: messages, digest credentials, and client
transactions of requests that are no calls.

All but `carrying` and `resolving` is pure: bytes and the time in, bytes out; no socket, no clock,
no thread. It must not know phones, settings, or why a message is sent.
"""
