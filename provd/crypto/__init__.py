"""Sealing of stored secrets, hashing of people's passwords, and the certificates of our own CA.

This package must not know what is sealed, who signs in, or which server presents a certificate.
"""
