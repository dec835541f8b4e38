"""The protocol servers: bytes from phones in, files out, over TFTP, HTTP and HTTPS.

They turn datagrams and connections into `provd.exchange.Request`, ask the one `Backend` they were
given, and send what it answers. They must not know devices, vendors, tables, templates, trust,
money, or where a file comes from: of provd they import only `provd.exchange` and `provd.errors`.

What app.py builds, each with `start()` (raises `ConfigurationError` on a busy port) and
`async stop(grace_seconds)` (running transfers may end within the grace):

    TftpServer(reactor, backend, *, interfaces, port, settings: TftpLimits, clock)      servers.tftp
    HttpServer(reactor, backend, *, interface, port, tls, limits: HttpLimits, clock)    servers.http
    WsgiServer(reactor, application, *, interface, port, tls, limits: WsgiLimits)       servers.wsgi
    TlsContexts(TlsFiles(...)) with `reload()`                                          servers.tls
"""
