"""Switching a phone's power off and on at the switch that feeds it: POWER-ETHERNET-MIB (RFC 3621)
over SNMP.

`port` says from settings which port and as whom, `cycling` sees to it that it ends switched on,
`snmp` is the edge. It must not know the database, nor who asks.
"""
