"""The words of the domain: MAC, device, line, account, site, user, order, life cycle, settings.

Plain values and pure functions. This package must not know how anything is stored, served,
rendered or charged.
"""
