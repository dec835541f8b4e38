"""Telling exactly one phone, by a SIP NOTIFY, to fetch its configuration again or to reboot.

`route` finds the way from settings and a line, `bindings` which of an extension's phones is meant,
`telling` asks and says in a sentence what came of it. It must not know the database, nor who asks.
"""
