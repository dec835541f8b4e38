"""From a Request to an Answer: which device is meant, may it have the file, what is in it; and the
journal of what was served.

This package must not know SQL, Twisted, pages or prices. What it needs of the store it declares as
Protocols beside their use.
"""
