"""What an office signs and sends on: reports, ledgers, forms, as documents. Pure.

Values in, bytes out: no database, no clock. What they rest on comes from `watcher.annals`, and
`watcher.reporting` puts both together.
"""
