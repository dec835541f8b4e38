"""Vendors' folders: what a phone asks for, what it is told, and how it reads that.

A vendor is a folder of data and templates (docs/adding-a-vendor.md). This package reads such
folders, finds the vendor, the kind of file and the MAC in a path, renders files, and walks a boot
sequence as the phone would. It must not know any vendor by name, how files are served, who may
have one, or where devices are kept.
"""
