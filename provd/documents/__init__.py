"""What people and their programs read: an invoice as PDF and as UBL, the code that pays it.

Bytes from values, the same bytes each time: this room knows no store, no clock, and nobody but who
stands on the invoice.
"""
